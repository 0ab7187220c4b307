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
high_end = STATS_max > 0 ? STATS_max : 0
room = 0.05 * (high_end - low > 0 ? high_end - low : 1)
unset key
set xlabel "difference from the baseline (%)"
high = 110 + 46 * n
if (ending eq ".svg") { set terminal svg noenhanced size 560,high dynamic standalone font "Sans,16" background "white" }
if (ending eq ".png") { set terminal pngcairo noenhanced size 1120,2 * high font "Sans,22" }
if (ending eq ".pdf") { set terminal pdfcairo noenhanced size 14cm,high * 14.0 / 560 * 1cm font "Sans,11" }
set yrange [n - 0.4:-0.7]
set xrange [low - (low < 0 ? room : 0):high_end + (high_end > 0 ? room : 0)]
set style fill solid 1.0 noborder
unset ytics
set border 1
set grid noytics
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lc rgb "#444444" front
plot in using ($2 / 2):0:(abs($2) / 2):(0.22) with boxxyerror lt 1, \
     in using 2:0:3 with xerrorbars lt 8 pt 0, \
     in using (low - (low < 0 ? room : 0)):($0 - 0.36):(stringcolumn(1) . sprintf(":  %+.2f %%", $2)) with labels left offset 0.3,0 \
         font ",13"
