# prefetch-time.gp - where the cores' time goes without prefetchers and with them.
#
#   gnuplot -c prefetch-time.gp prefetch-time.tsv prefetch-time.svg
#
# Table: cause, % of the time without, % with.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("prefetch-time.gp")]
load here . "style.gp"
stats in using 2 nooutput
bars = STATS_records
set ylabel "share of time (%)"
set yrange [0:100]
set xrange [-0.6:bars - 0.4]
set style data histograms
set style histogram clustered gap 1
set style fill solid 1.0 border rgb "white"
set xtics font ",13" rotate by -30
set grid noxtics
plot in using 2:xticlabels(1) lt 8 title "without prefetchers", in using 3 lt 1 title "with them"
