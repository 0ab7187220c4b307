# history.gp - a metric over time, a line per case.
#
#   gnuplot -c history.gp time-run.references.tsv time-run.references.svg
#
# Table: a block per case of time in ms and growth per second; the second heading is the case's name, the first
# the label of the y axis.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("history.gp")]
load here . "style.gp"
load here . "time.gp"
set ylabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 1") offset 1
set format y "%.1s%c"
set yrange [0:*]
set key outside bottom center vertical maxrows 9 Left reverse font ",13"
if (ending eq ".svg") { set terminal svg noenhanced size 560,480 dynamic standalone font "Sans,16" background "white" }
stats in using 1 nooutput
blocks = STATS_blocks
plot for [i = 0:blocks - 1] in index i using ($1 * time_factor):2 with lines lt i + 1 dt 1 + i / 4 title columnheader(2)
