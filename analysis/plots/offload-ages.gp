# offload-ages.gp - memory by the time since it was last touched.
#
#   gnuplot -c offload-ages.gp offload-ages-1-web.tsv out.svg
#
# Table: age in s, MiB of that age up to the next row's.
in = ARG1
out = ARG2
mark = ARG4
here = ARG0[1:strlen(ARG0) - strlen("offload-ages.gp")]
load here . "style.gp"
set xlabel "untouched for at least"
set ylabel "memory (MiB)"
set yrange [0:*]
set style fill solid 1.0 noborder
set boxwidth 0.8
set grid noxtics
set xtics rotate by -45 font ",12"
unset key
label(s) = s < 120 ? sprintf("%d s", s) : s < 7200 ? sprintf("%d min", s / 60) : sprintf("%.3g h", s / 3600.0)
plot in using 0:2:xticlabels(label($1)) with boxes lt 1
