# ladder.gp - a machine's memory as a ladder, a rung per cache and tier.
#
#   gnuplot -c ladder.gp ladder.tsv ladder.svg
#
# Table: name of the rung, its width, then size, latency, bandwidth and cost as texts.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("ladder.gp")]
load here . "style.gp"
stats in using 2 nooutput
n = STATS_records
high = 60 + 62 * n
if (ending eq ".svg") { set terminal svg noenhanced size 560,high dynamic standalone font "Sans,16" background "white" }
if (ending eq ".png") { set terminal pngcairo noenhanced size 1120,2 * high font "Sans,22" }
if (ending eq ".pdf") { set terminal pdfcairo noenhanced size 14cm,high * 14.0 / 560 * 1cm font "Sans,11" }
unset key
unset border
unset tics
unset grid
set margins 0.5, 0.5, 0.5, strlen(mark) > 0 ? 2.5 : 0.5
set xrange [-1:1]
set yrange [n - 0.45:-0.55]
width(i) = 0.55 + 0.42 * i / n
set style fill solid 0.25 border rgb "#0072B2"
one(a, b) = a eq "-" && b eq "-"
second(a, b) = (a eq "-" ? "" : a) . (b eq "-" ? "" : "   cost " . b)
plot in using (0):0:(width($2)):(0.42) with boxxyerror lt 5, \
     in using (0):($0 - (one(stringcolumn(5), stringcolumn(6)) ? 0 : 0.17)):(stringcolumn(1) . ":  " . stringcolumn(3) . \
         (stringcolumn(4) eq "-" ? "" : ",  " . stringcolumn(4))) with labels font ",15", \
     in using (0):($0 + 0.19):(second(stringcolumn(5), stringcolumn(6))) with labels font ",13"
