# traffic.gp - traffic of each tier over time.
#
#   gnuplot -c traffic.gp traffic-1.tsv traffic-1.svg [YMAX]
#
# Table: time in ms, then GB/s of each tier and of page copies in all.
in = ARG1
out = ARG2
ymax = ARG3
here = ARG0[1:strlen(ARG0) - strlen("traffic.gp")]
load here . "style.gp"
load here . "time.gp"
set ylabel "traffic (GB/s)"
set yrange [0:*]
if (ymax ne "") { set yrange [0:ymax + 0] }
stats in matrix nooutput
columns = STATS_size_x
plot for [i = 2:columns - 1] in using ($1 * time_factor):i with lines title columnheader(i), \
     in using ($1 * time_factor):columns with lines lt 8 dt 2 title columnheader(columns)
