# topdown.gp - share of the cores' time by cause, a bar per result and core.
#
#   gnuplot -c topdown.gp topdown.tsv topdown.svg
#
# Table: result or core, then one column per cause in %.
in = ARG1
out = ARG2
here = ARG0[1:strlen(ARG0) - strlen("topdown.gp")]
load here . "style.gp"
stats in using 2 nooutput
bars = STATS_records
set ylabel "share of time (%)"
set yrange [0:100]
set xrange [-0.6:bars - 0.4]
set style data histograms
set style histogram rowstacked
set style fill solid 1.0 border rgb "white"
set boxwidth 0.6
set xtics font ",14"
if (bars > 2) { set xtics rotate by -30 }
set grid noxtics
set key outside right center vertical invert
stats in matrix nooutput
columns = STATS_size_x
plot for [i = 2:columns] in using i:xticlabels(1) title columnheader(i)
