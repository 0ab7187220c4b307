# difference.gp - cases against the baseline.
#
#   gnuplot -c difference.gp difference.tsv difference.svg
#
# Table: case, difference in %, half of its 95 % interval (NaN: one seed).
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("difference.gp")]
load here . "style.gp"
stats in using 2 nooutput
n = STATS_records
low = STATS_min < 0 ? STATS_min : 0
high = STATS_max > 0 ? STATS_max : 0
room = 0.15 * (high - low > 0 ? high - low : 1)
unset key
set xlabel "difference from the baseline (%)"
set yrange [n - 0.4:-0.6]
set xrange [low - (low < 0 ? room : 0):high + (high > 0 ? room : 0)]
set style fill solid 1.0 noborder
set grid noytics
set ytics font ",13"
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb "#444444" front
plot in using ($2 / 2):0:(abs($2) / 2):(0.3):yticlabels(1) with boxxyerror lt 1, \
     in using 2:0:3 with xerrorbars lt 8 pt 0
