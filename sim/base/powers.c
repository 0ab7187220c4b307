/* powers.c - series for log and exp; the number of terms and the order of additions are part of
 * the definition of the access sequence in accessgen.h, so they are fixed. */
#include "config.h"
#include "sim/base/powers.h"

#define LOG_2     0.6931471805599453
#define LOG_TERMS 30
#define EXP_TERMS 24

double
lad_log(double x)
{
    double halvings = 0.0;
    for (; x >= 2.0; x = x / 2.0)
        halvings = halvings + 1.0;
    double y = (x - 1.0) / (x + 1.0), square = y * y, power = y, sum = 0.0;
    for (int k = 0; k < LOG_TERMS; k++) {
        sum = sum + power / (double)(2 * k + 1);
        power = power * square;
    }
    return 2.0 * sum + halvings * LOG_2;
}

double
lad_exp(double x)
{
    int halvings = 0;
    for (; x < -LOG_2; x = x + LOG_2)
        halvings++;
    double term = 1.0, sum = 1.0;
    for (int k = 1; k <= EXP_TERMS; k++) {
        term = term * x / (double)k;
        sum = sum + term;
    }
    for (; halvings > 0; halvings--)
        sum = sum * 0.5;
    return sum;
}
