# offload-saving.gp - memory saved against the pressure allowed, a line per group and back end.
#
#   gnuplot -c offload-saving.gp offload-saving.tsv out.svg
#
# Table: a block per line: target in per cent of time, saving in per cent; its heading names the line.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("offload-saving.gp")]
load here . "style.gp"
set xlabel "pressure target (% of time)"
set ylabel "memory saved (%)"
set yrange [0:*]
set logscale x
stats in using 1 nooutput
blocks = STATS_blocks
plot for [i = 0:blocks - 1] in index i using 1:2 with linespoints lt i + 1 pt i + 5 ps 0.8 title columnheader(2)
