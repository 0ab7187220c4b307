# map.gp - a metric over two axes of a sweep.
#
#   gnuplot -c map.gp map.tsv map.svg
#
# Table: column, row, their labels, the value (NaN: no result) and what stands in the cell. The headings of
# the first two and of the value are the labels of the axes and of the colours.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("map.gp")]
load here . "style.gp"
head(i) = system("grep -v '^#' " . in . " | head -n 1 | cut -f " . i)
set xlabel head(1)
set ylabel head(2)
unset key
unset grid
set border 15
stats in using 1 nooutput
columns = STATS_max
stats in using 2 nooutput
set xrange [-0.5:columns + 0.5]
set yrange [-0.5:STATS_max + 0.5]
# Where cells have figures the scale of colours would say the same again.
figures = STATS_records <= 80
if (figures) { unset colorbox; set title head(5) . (strlen(mark) > 0 ? "\n" . mark : "") font ",15"
} else { set cblabel head(5) offset 1.5,0; set rmargin 11 }
if (columns >= 4) { set xtics rotate by -30 }
set tics font ",13"
# Light enough for the figures in the cells, and told apart by lightness alone.
set palette defined (0 "#f7fbff", 1 "#c6dbef", 2 "#6baed6", 3 "#4292c6")
plot in using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):5 with boxxyerror fs solid 1 noborder fc palette, \
     in using 1:2:6:xticlabels(3):yticlabels(4) with labels font (columns < 7 ? ",13" : ",11")
