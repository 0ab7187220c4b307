# axis-names.gp - a metric by the values of an axis that are names, points per value of another axis.
#
#   gnuplot -c axis-names.gp axis-NAME.tsv axis-NAME.svg
#
# Table: as of axis.gp.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("axis-names.gp")]
load here . "style.gp"
stats in using 1 nooutput
columns = STATS_columns
last = STATS_max
n = (columns - 2) / 2
set ylabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 1") offset 1
set xlabel system("grep -v '^#' " . in . " | head -n 1 | cut -f 2")
set xrange [-0.6:last + 0.6]
set offsets 0, 0, graph 0.08, 0
set key tmargin center horizontal maxcols 4 samplen 1 font ",12"
if (n == 1) { unset key }
set xtics font ",13"
# Side by side around the name.
at(i) = 0.5 * ((i - 1) / 2 - (n + 1) / 2.0) / n
plot in using 1:3:xticlabels(2) with points pt 0 lc rgb "white" notitle, \
     for [i = 3:columns:2] in using ($1 + at(i)):i:(column(i + 1)) with yerrorbars lt (i - 1) / 2 pt 0 notitle, \
     for [i = 3:columns:2] in using ($1 + at(i)):i with points lt (i - 1) / 2 pt (i - 1) / 2 + 3 ps 1 \
         title columnheader(i)
