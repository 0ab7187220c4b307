# tier-traffic.gp - traffic of each tier, a bar per case.
#
#   gnuplot -c tier-traffic.gp tier-traffic.tsv tier-traffic.svg
#
# Table: case, then GB/s of each tier.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("tier-traffic.gp")]
load here . "style.gp"
stats in using 2 nooutput
bars = STATS_records
columns = STATS_columns
set ylabel "traffic (GB/s)"
set yrange [0:*]
set xrange [-0.6:bars - 0.4]
set style data histograms
set style histogram rowstacked
set style fill solid 1.0 border rgb "white"
set boxwidth 0.6
set xtics font ",13"
if (bars > 2) { set xtics rotate by -30 }
set grid noxtics
plot for [i = 2:columns] in using i:xticlabels(1) title columnheader(i)
