# published.gp - what others published beside ours.
#
#   gnuplot -c published.gp published.tsv published.svg
#
# Table: figure, published, ours (NaN: no result).
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("published.gp")]
load here . "style.gp"
stats in using 2 nooutput
bars = STATS_records
set yrange [0:*]
set xrange [-0.6:bars - 0.4]
set style data histograms
set style histogram clustered gap 1
set style fill solid 1.0 border rgb "white"
set xtics font ",13"
if (bars > 2) { set xtics rotate by -30 }
set grid noxtics
plot in using 2:xticlabels(1) lt 8 title "published", in using 3 lt 1 title "ours"
