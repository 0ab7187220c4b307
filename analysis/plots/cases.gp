# cases.gp - one figure of a study over its cases: a curve for each series of ours, and points as published.
#
#   gnuplot -c cases.gp curve.tsv curve.svg '' 'what y is'
#
# Table: x, each series, published if anything was (NaN: not, or not run). The first heading is the label of the x axis.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("cases.gp")]
load here . "style.gp"
stats in using 1 nooutput
columns = STATS_columns
has_published = columns > 2 && int(system("grep -v '^#' " . in . " | head -n 1 | grep -c 'published$'"))
last = columns - has_published
set xlabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 1")
set ylabel ARG4
set offsets graph 0.05, graph 0.05, graph 0.1, graph 0.05
set key tmargin center horizontal maxcols 3 samplen 1.5 font ",13"
if (last == 2 && !has_published) { unset key }
# steps that double stand at equal distances
stats in using 1 every ::0::0 nooutput
first = STATS_min
stats in using 1 nooutput
if (first > 0 && STATS_max / first >= 8) { set logscale x 2; set offsets 0, 0, graph 0.1, graph 0.05; set xtics font ",13"; set xrange [first / 1.1:STATS_max * 1.1] }
plot for [i = 2:last] in using 1:i with linespoints pt 5 + 2 * (i - 2) ps 0.7 lt i - 1 title columnheader(i), \
     for [i = last + 1:columns] in using 1:i with points pt 6 ps 1 lt 8 title columnheader(i)
