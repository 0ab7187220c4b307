# style.gp - what all figures share: terminal by the output's name, fonts, colours, grid.
#
# A figure sets `in`, `out` and, where it may be partial, `mark`, and loads this. Colours are Okabe and Ito's, which colour-blind readers
# tell apart. Tables are separated by tabs, with one row of headings; lines with # are comments.
ending = strlen(out) > 4 ? out[strlen(out)-3:] : ""
if (ending eq ".pdf") {
    set terminal pdfcairo noenhanced size 14cm,9cm font "Sans,11"
} else { if (ending eq ".png") {
    set terminal pngcairo noenhanced size 1120,720 font "Sans,22"
} else {
    set terminal svg noenhanced size 560,360 dynamic standalone font "Sans,16" background "white"
} }
set output out

set datafile separator tab
set datafile columnheaders
set datafile missing "NaN"
set encoding utf8
set linetype 1 lc rgb "#0072B2" lw 2
set linetype 2 lc rgb "#E69F00" lw 2
set linetype 3 lc rgb "#009E73" lw 2
set linetype 4 lc rgb "#D55E00" lw 2
set linetype 5 lc rgb "#56B4E9" lw 2
set linetype 6 lc rgb "#CC79A7" lw 2
set linetype 7 lc rgb "#F0E442" lw 2
set linetype 8 lc rgb "#666666" lw 2
set linetype cycle 8
set border 3 lc rgb "#444444"
set tics nomirror out
set grid lc rgb "#dddddd" lw 1
set key outside top center horizontal samplen 1.5 font ",14"

# A figure of partial data says so.
if (exists("mark")) { if (strlen(mark) > 0) {
    set title mark noenhanced tc rgb "#B00000" font ",15"
} }

# Times in a table are in ms; an axis has the unit that gives short numbers.
time_unit = "ms"
time_factor = 1.0
