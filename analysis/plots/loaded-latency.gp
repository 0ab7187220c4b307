# loaded-latency.gp - latency of a tier over its bandwidth, a curve per read share and loop.
#
#   gnuplot -c loaded-latency.gp loaded-latency.tsv loaded-latency.svg
#
# Table: per read share a block of bandwidth and mean latency by each loop, NaN where the other loop
# has a point; headings name share and loop. Blocks are separated by two blank lines.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("loaded-latency.gp")]
load here . "style.gp"
if (ending eq ".svg") { set terminal svg noenhanced size 640,460 dynamic standalone font "Sans,16" background "white" }
set xlabel "bandwidth (GB/s)"
set ylabel "mean latency of reads (ns)"
set xrange [0:*]
set yrange [0:*]
set key samplen 2.5
stats in using 1 nooutput
columns = STATS_columns
blocks = STATS_blocks
plot for [j = 2:columns] for [i = 0:blocks - 1] in index i using 1:j \
    with linespoints lt i + 1 dt j - 1 pt (j == 2 ? 7 : 6) ps 0.5 title columnheader(j)
