# pareto.gp - cases of a sweep in the plane of two objectives, and those that no other beats.
#
#   gnuplot -c pareto.gp pareto.tsv pareto.svg
#
# Table: blocks of x, y and name: all cases; those on the front that are named, in order of x; all on the
# front; with two objectives these again, as a line. Headings of the first two are the labels of the axes.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("pareto.gp")]
load here . "style.gp"
head(i) = system("grep -v '^#' " . in . " | head -n 1 | cut -f " . i)
set xlabel head(1)
set ylabel head(2) offset 1
set xtics rotate by -25 font ",12"
set format x "%.5g"
stats in index 1 using 1 nooutput
n = STATS_records
stats in using 1 nooutput
blocks = STATS_blocks
high = 340 + 21 * (n < 10 ? n + 1 : 11)
if (ending eq ".png") { set terminal pngcairo noenhanced size 1120,2 * high font "Sans,22" }
if (ending eq ".pdf") { set terminal pdfcairo noenhanced size 14cm,high * 14.0 / 560 * 1cm font "Sans,11" }
if (ending eq ".svg") { set terminal svg noenhanced size 560,high dynamic standalone font "Sans,16" background "white" }
set offsets graph 0.08, graph 0.08, graph 0.1, graph 0.08
set key outside bottom center vertical maxrows 11 Left reverse samplen 0.5 font ",13"
name(i) = system(sprintf("awk 'BEGIN { FS = \"\\t\" } NF == 0 { if (!gap) block++; gap = 1; next } { gap = 0 } \
    block >= 1 && !/^#/ { if (++row == %d) print $3 }' %s", i + 2, in))
letter(i) = i < 10 ? substr("ABCDEFGHIJ", i + 1, i + 1) : ""
plot in index 0 using 1:2 with points lt 8 pt 6 ps 0.8 title "other cases", \
     in index 2 using 1:2 with points lt 4 pt 7 ps 0.7 notitle, \
     for [i = 0:(n < 10 ? n : 10) - 1] in index 1 every ::i::i using 1:2 with points lt 4 pt 7 ps 1 title name(i), \
     in index 1 using 1:2:(letter(int($0))) with labels offset 0.8,0.6 font ",14" notitle, \
     for [i = 3:blocks - 1] in index i using 1:2 with lines lt 1 lw 1.5 dt 2 notitle
