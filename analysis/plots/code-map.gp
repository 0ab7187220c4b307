# code-map.gp - which code is fetched when.
#
#   gnuplot -c code-map.gp code-map.tsv code-map.svg
#
# Table: a matrix with headings: the first row has times in percent of the streams, the first column the
# pages' place among those executed in MiB, the cells fetches of lines per page, NaN where there is none.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("code-map.gp")]
load here . "style.gp"
unset datafile columnheaders
unset grid
set logscale cb
set palette defined (0 "#440154", 1 "#3b528b", 2 "#21918c", 3 "#5ec962", 4 "#fde725")
set cblabel "line fetches of a page" offset 1.5,0
set rmargin 9
set format x "%g"
set format y "%g"
set format cb "%.0e"
set xlabel "time (% of each stream)"
set ylabel "executed pages by address (MiB)"
set border 15
set autoscale xfix
set autoscale yfix
unset key
plot in matrix nonuniform using 1:2:3 with image
