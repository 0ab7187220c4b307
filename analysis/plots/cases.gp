# cases.gp - one figure of a study over its cases, ours and as published.
#
#   gnuplot -c cases.gp curve.tsv curve.svg
#
# Table: x, ours, published (NaN: not); the headings name both axes.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("cases.gp")]
load here . "style.gp"
set offsets graph 0.05, graph 0.05, graph 0.1, graph 0.05
plot in using 1:2 with linespoints pt 7 ps 0.6 lt 1 title columnheader(2), \
     in using 1:3 with points pt 6 ps 1 lt 2 title columnheader(3)
