# residency.gp - memory in use in each tier over time, stacked.
#
#   gnuplot -c residency.gp residency-1.tsv residency-1.svg [YMAX]
#
# Table: time in ms, then MiB in use of each tier.
in = ARG1
out = ARG2
ymax = ARG3
here = ARG0[1:strlen(ARG0) - strlen("residency.gp")]
load here . "style.gp"
load here . "time.gp"
set ylabel "memory in use (MiB)"
set yrange [0:*]
if (ymax ne "") { set yrange [0:ymax + 0] }
set style fill solid 1.0 noborder
stats in matrix nooutput
columns = STATS_size_x
plot for [i = columns:2:-1] in \
    using ($1 * time_factor):(sum [j = 2:i] column(j)) with filledcurves x1 lt i - 1 \
    title columnheader(i)
