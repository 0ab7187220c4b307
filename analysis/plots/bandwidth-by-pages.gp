# bandwidth-by-pages.gp - how much of the traffic the hottest pages have, a curve per result.
#
#   gnuplot -c bandwidth-by-pages.gp bandwidth-by-pages.tsv bandwidth-by-pages.svg
#
# Table: per result a block of two columns, both in percent: hottest pages and their share of the
# traffic. The second heading is the result's name. Blocks are separated by two blank lines.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("bandwidth-by-pages.gp")]
load here . "style.gp"
set xlabel "share of pages, hottest first (%)"
set ylabel "share of traffic (%)"
set xrange [0:100]
set yrange [0:100]
stats in using 1 nooutput
plot for [i = 0:STATS_blocks - 1] in index i using 1:2 with lines lt i + 1 dt i + 1 title columnheader(2), \
     x with lines lc rgb "#aaaaaa" lw 1 dt 3 title "all pages alike"
