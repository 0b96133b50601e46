"""How the page of a step looks, and how its folds are unfolded."""

#: The colours suit light and dark pages, since a notebook's may be either.
STYLE = """
.nnlite-step { --value: #2f74d0; --gradient: #c8553d; --line: #8886; --quiet: #808080;
  font: 15px/1.45 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem;
  overflow-wrap: anywhere }
.nnlite-step h1 { font-size: 1.3rem; margin: 0 0 .5rem }
.nnlite-step h2 { font-size: 1.1rem; margin: 1.5rem 0 .4rem }
.nnlite-step p { margin: .3rem 0 }
.nnlite-step code, .nnlite-step .numbers, .nnlite-step svg {
  font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85rem }
.nnlite-step .value { color: var(--value); fill: var(--value) }
.nnlite-step .gradient { color: var(--gradient); fill: var(--gradient) }
.nnlite-step .quiet { color: var(--quiet); fill: var(--quiet) }
.nnlite-step .graph, .nnlite-step .numbers { overflow-x: auto }
.nnlite-step .graph { margin: .8rem 0; border: 1px solid var(--line); border-radius: 6px }
.nnlite-step svg { display: block; margin: 0 auto }
.nnlite-step svg text { font-size: 11px; fill: currentColor; white-space: pre }
.nnlite-step svg .name { font-weight: 600 }
.nnlite-step svg text.value, .nnlite-step svg tspan.value { fill: var(--value) }
.nnlite-step svg text.gradient, .nnlite-step svg tspan.gradient { fill: var(--gradient) }
.nnlite-step svg tspan.quiet { fill: var(--quiet) }
.nnlite-step .card { fill: #8881; stroke: var(--line) }
.nnlite-step a:hover .card { stroke: currentColor }
.nnlite-step .edge { fill: none; stroke: var(--quiet) }
.nnlite-step .tip { fill: var(--quiet) }
.nnlite-step g:hover > .edge { stroke: currentColor; stroke-width: 2 }
.nnlite-step details { border-top: 1px solid var(--line); padding: .35rem 0 }
.nnlite-step details[open] { padding-bottom: 1rem }
.nnlite-step summary { cursor: pointer }
.nnlite-step .array { margin: .5rem 0 .5rem 1rem }
.nnlite-step table { border-collapse: collapse; margin: 0 }
.nnlite-step td, .nnlite-step th { padding: .05rem .6rem; text-align: right; border: 0;
  background: none; white-space: nowrap; font-weight: normal }
.nnlite-step ul { margin: .2rem 0; padding-left: 1.4rem }
"""

#: A click on an op unfolds its lines; the button unfolds all, or folds them again. Not every
#: notebook runs a script where it stands, so each step on the page is looked for, once.
SCRIPT = """
document.querySelectorAll(".nnlite-step:not([data-ready])").forEach(root => {
  root.dataset.ready = "";
  const folds = [...root.querySelectorAll("details")];
  const unfold = place => folds.forEach(one => { if ("#" + one.id === place) one.open = true });
  const links = root.querySelectorAll("svg a");
  links.forEach(one => one.addEventListener("click", () => unfold(one.getAttribute("href"))));
  const button = root.querySelector("button");
  button.addEventListener("click", () => {
    const open = !folds.every(one => one.open);
    folds.forEach(one => { one.open = open });
    button.textContent = open ? "Fold all" : "Unfold all";
  });
  unfold(location.hash);
});
"""
