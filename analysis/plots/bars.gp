# bars.gp - a bar per case, divided.
#
#   gnuplot -c bars.gp tier-traffic.tsv tier-traffic.svg
#
# Table: case, then its parts. The first heading is the label of the x axis, the others name the parts.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("bars.gp")]
load here . "style.gp"
stats in using 2 nooutput
bars = STATS_records
columns = STATS_columns
high = 150 + 13 * columns + 50 * bars
if (ending eq ".svg") { set terminal svg noenhanced size 560,high dynamic standalone font "Sans,16" background "white" }
if (ending eq ".png") { set terminal pngcairo noenhanced size 1120,2 * high font "Sans,22" }
if (ending eq ".pdf") { set terminal pdfcairo noenhanced size 14cm,high * 14.0 / 560 * 1cm font "Sans,11" }
set xlabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 1")
set xrange [0:*]
set yrange [bars - 0.4:-0.7]
unset ytics
set border 1
set grid noytics
set style fill solid 1.0 noborder
set key outside top center horizontal samplen 1 font ",13"
from(i) = i > 2 ? (sum [c = 2:i - 1] column(c)) : 0
plot for [i = 2:columns] in using (0):0:(from(i)):(from(i) + column(i)):($0 - 0.1):($0 + 0.33) \
    with boxxyerror lt i - 1 title columnheader(i), \
    in using (0):($0 - 0.32):1 with labels left offset 0.3,0 font ",14" notitle
