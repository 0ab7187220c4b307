# shellcheck shell=bash
# browser.sh - pages in a real browser; sourced after harness.sh.
#
#   browser_possible || skip 'no Chromium here'
#   in_browser report/index.html 400    # at this width: nothing overflows, all pictures are there, no error
#   page 'text'                         # in the page as the browser has it, after in_browser at 500 or more

browser_program() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

browser_possible() { browser_program >/dev/null 2>&1; }

# What the page is asked, once it is laid out; the answer goes into its title.
browser_question='
<script>
addEventListener("load", () => {
    const wide = document.documentElement.clientWidth, faults = [];
    if (document.documentElement.scrollWidth > wide)
        faults.push("the page is " + document.documentElement.scrollWidth + " wide");
    for (const e of document.body.querySelectorAll("*")) {
        if (e.closest("svg") && e.tagName !== "svg") continue;
        if (e.closest(".table, pre") && !e.matches(".table, pre")) continue;
        const box = e.getBoundingClientRect();
        if (box.width > 0 && (box.right > wide + 1 || box.left < -1))
            faults.push(e.tagName + " reaches to " + box.right + ": " + e.textContent.slice(0, 40));
    }
    for (const e of document.querySelectorAll("img"))
        if (!e.complete || e.naturalWidth === 0) faults.push("no image " + e.src);
    for (const e of document.querySelectorAll("figure svg")) {
        const box = e.getBoundingClientRect();
        if (box.width < 100 || box.height < 60) faults.push("a picture of " + box.width + " x " + box.height);
    }
    for (const e of document.querySelectorAll("[src], link[href], svg image"))
        if (!/^(data:|#)/.test(e.getAttribute("src") || e.getAttribute("href") || e.getAttribute("xlink:href") || "#"))
            faults.push("not in the page itself: " + e.outerHTML.slice(0, 60));
    document.title = "width " + wide + ", " + document.querySelectorAll("figure svg").length + " pictures, " +
        (faults.length ? "FAULTS: " + faults.join("; ") : "no faults");
    parent.postMessage(document.title, "*");
});
</script>'

# in_browser PAGE WIDTH: the page as laid out goes to page.html, beside what the browser said.
in_browser() {
    sed "s|</body>|<!--question--></body>|" "$1" >"$lad_scratch/asked.html"
    printf '%s' "$browser_question" >"$lad_scratch/question"
    sed -i -e "/<!--question-->/{
r $lad_scratch/question
}" "$lad_scratch/asked.html"
    # A window is at least 500 pixels wide; a frame is not.
    local asked=asked.html
    if [ "$2" -lt 500 ]; then
        asked=frame.html
        cat >"$lad_scratch/frame.html" <<END
<!DOCTYPE html><html><head><meta charset="utf-8"><title>nothing was said</title>
<script>addEventListener("message", (e) => { document.title = e.data; });</script></head>
<body style="margin: 0"><iframe src="asked.html" style="border: 0; width: $2px; height: 1000px"></iframe></body></html>
END
    fi
    timeout 120 "$(browser_program)" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir="$lad_scratch/browser" --hide-scrollbars \
        --enable-logging=stderr --window-size="$2,1000" --virtual-time-budget=4000 --dump-dom \
        "file://$lad_scratch/$asked" >"$lad_scratch/page.html" 2>"$lad_scratch/browser.log"
    local said
    said=$(grep -o '<title>[^<]*' "$lad_scratch/page.html" | head -n 1)
    case $said in
    "<title>width $2, "[1-9]*" pictures, no faults") ;;
    *) lad_active && lad_fault "in a browser $2 pixels wide: $said" ;;
    esac
    lacks "$lad_scratch/browser.log" 'CONSOLE'
}

page() { demand grep -qF -e "$1" "$lad_scratch/page.html"; }
