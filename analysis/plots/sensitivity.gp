# sensitivity.gp - how much each axis of a sweep matters.
#
#   gnuplot -c sensitivity.gp sensitivity.tsv sensitivity.svg
#
# Table: axis, range of its means in % of the overall mean.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("sensitivity.gp")]
load here . "style.gp"
stats in using 2 nooutput
n = STATS_records
most = STATS_max > 0 ? STATS_max : 1
unset key
set xlabel "range of its means (% of the overall mean)"
set xrange [0:most * 1.15]
set yrange [n - 0.4:-0.6]
set style fill solid 1.0 noborder
set grid noytics
plot in using ($2 / 2):0:($2 / 2):(0.3):yticlabels(1) with boxxyerror lt 1, \
     in using 2:0:(sprintf(" %.2f %%", $2)) with labels left font ",13"
