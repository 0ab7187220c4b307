# migrations.gp - pages promoted and demoted over time.
#
#   gnuplot -c migrations.gp migrations-1.tsv migrations-1.svg [YMAX]
#
# Table: time in ms, then pages per ms promoted and demoted.
in = ARG1
out = ARG2
ymax = ARG3
here = ARG0[1:strlen(ARG0) - strlen("migrations.gp")]
load here . "style.gp"
load here . "time.gp"
set ylabel "pages per ms"
set yrange [0:*]
if (ymax ne "") { set yrange [0:ymax + 0] }
plot in using ($1 * time_factor):2 with lines lt 3 title columnheader(2), \
     in using ($1 * time_factor):3 with lines lt 4 title columnheader(3)
