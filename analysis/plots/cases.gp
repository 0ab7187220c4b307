# cases.gp - one figure of a study over its cases: a curve for each series of ours, and points as published.
#
#   gnuplot -c cases.gp curve.tsv curve.svg '' 'what y is'
#
# Table: x, each series, published if anything was (NaN: not, or not run). The first heading is the label of the x axis.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("cases.gp")]
load here . "style.gp"
head = "grep -v '^#' " . in . " | head -n 1"
set xlabel system(head . " | cut -f 1")
set ylabel ARG4
stats in using 1 nooutput
columns = STATS_columns
least = STATS_min
most = STATS_max
last = columns - (columns > 2 && int(system(head . " | grep -c 'published$'")))
lowest = 0
do for [i = 2:columns] { stats in using i nooutput; if (STATS_records > 0 && STATS_min < lowest) { lowest = STATS_min } }
if (lowest == 0) { set yrange [0<*:*] }
set autoscale xfix
set offsets graph 0.03, graph 0.03, graph 0.1, graph 0.05
set key tmargin center horizontal maxcols 2 samplen 1 width -2 font ",12"
if (columns == 2) { unset key }
# Steps that double stand at equal distances.
if (least > 0 && most / least >= 8) { set logscale x 2; set offsets 0, 0, graph 0.1, graph 0.05; set xrange [least / 1.1:most * 1.1] }
set xtics font ",13"
plot for [i = 2:last] in using 1:i with linespoints pt 5 + 2 * (i - 2) ps 0.7 lt i - 1 title columnheader(i), \
     for [i = last + 1:columns] in using 1:i with points pt 6 ps 1 lt 8 title columnheader(i)
