# burst.gp - figures of burst recordings with their confidence intervals.
#
#   gnuplot -c burst.gp burst.tsv burst.svg
#
# Table: figure, value, half of the 95 % confidence interval, its ends, percentiles of the windows.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("burst.gp")]
load here . "style.gp"
set xlabel "value, its 95 % interval over the windows"
set logscale x
set yrange [*:*] reverse
set ytics font ",11"
unset key
plot in using 2:0:4:5:ytic(1) with xerrorbars lt 1 pt 7 ps 0.6
