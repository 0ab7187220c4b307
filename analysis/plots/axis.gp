# axis.gp - a metric along one axis of a sweep, a line per value of another.
#
#   gnuplot -c axis.gp axis-NAME.tsv axis-NAME.svg
#
# Table: position, label, then for each line its values and half of their 95 % interval (NaN: one seed).
# The first heading is the label of the y axis, the second that of the x axis.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("axis.gp")]
load here . "style.gp"
stats in using 1 nooutput
columns = STATS_columns
last = STATS_max
set ylabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 1") offset 1
set xlabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 2")
set xrange [-0.4:last + 0.4]
set offsets 0, 0, graph 0.08, 0
set key tmargin center horizontal maxcols 4 samplen 1 font ",12"
if (columns <= 4) { unset key }
set xtics font ",13"
plot for [i = 3:columns:2] in using 1:i:(column(i + 1)) with yerrorbars lt (i - 1) / 2 pt 0 notitle, \
     for [i = 3:columns:2] in using 1:(column(i)):xticlabels(2) with linespoints lt (i - 1) / 2 pt (i - 1) / 2 + 3 ps 0.9 \
         title columnheader(i)
