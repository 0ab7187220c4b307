# topdown-time.gp - share of the cores' time by cause over time, stacked.
#
#   gnuplot -c topdown-time.gp topdown-time-1.tsv topdown-time-1.svg
#
# Table: time in ms, then one column per cause in %.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("topdown-time.gp")]
load here . "style.gp"
load here . "time.gp"
set ylabel "share of time (%)"
set yrange [0:100]
set style fill solid 1.0 noborder
set key outside right center vertical invert
stats in matrix nooutput
columns = STATS_size_x
plot for [i = columns:2:-1] in \
    using ($1 * time_factor):(sum [j = 2:i] column(j)) with filledcurves x1 lt i - 1 \
    title columnheader(i)
