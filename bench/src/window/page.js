// Run inside Recado's window. Answers { html, css, rooms, messages }.
const done = arguments[arguments.length - 1];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const timeline = () => document.querySelector("[data-testid=timeline]");
const list = () => document.querySelector("[data-testid=room-list]");

/** The element that scrolls, and the one inside it whose children are the rows. */
function parts(of) {
  const rows = of.querySelector("[style*=absolute]").parentElement;
  let frame = rows;
  while (getComputedStyle(frame).overflowY !== "auto") frame = frame.parentElement;
  return { frame, rows };
}

/** Waits until a scrolled list is filled with rows and stands still. */
async function still(frame, rows) {
  const state = () => `${frame.scrollTop} ${frame.scrollHeight} ${[...rows.children].map((row) => row.style.top)}`;
  const filled = () => {
    const seen = frame.getBoundingClientRect();
    const placed = [...rows.children].map((row) => row.getBoundingClientRect());
    const top = Math.min(...placed.map((row) => row.top));
    return top < seen.top + 60 && Math.max(...placed.map((row) => row.bottom)) > seen.bottom - 60;
  };
  let before = "";
  for (let same = 0; same < 3; ) {
    await pause(60);
    const now = state();
    same = now === before && filled() ? same + 1 : 0;
    before = now;
  }
}

/** Every row, by scrolling through from the top. */
async function collect({ frame, rows }) {
  const found = new Map();
  for (let at = 0; ; at += frame.clientHeight / 2) {
    frame.scrollTop = at;
    await still(frame, rows);
    for (const row of rows.children) found.set(parseFloat(row.style.top), row.cloneNode(true));
    if (at >= frame.scrollHeight) break;
  }
  const sorted = [...found].sort(([a], [b]) => a - b).map(([, row]) => row);
  // Rows that are laid out one below the other keep their margins to themselves, as rows that are placed do.
  sorted.forEach((row) => row.setAttribute("style", "display: flow-root"));
  return sorted;
}

(async () => {
  while (!timeline()?.querySelector("[style*=absolute]")) await pause(50);
  await pause(500);
  const all = { list: parts(list()), timeline: parts(timeline()) };
  // Older pages are put on top when one comes near them.
  for (let turn = 0; turn < 6; turn += 1) {
    all.timeline.frame.scrollTop = 0;
    await still(all.timeline.frame, all.timeline.rows);
  }
  const rooms = await collect(all.list);
  const messages = await collect(all.timeline);
  all.list.frame.scrollTop = 0;
  for (let turn = 0; turn < 4; turn += 1) {
    all.timeline.frame.scrollTop = all.timeline.frame.scrollHeight;
    await still(all.timeline.frame, all.timeline.rows);
  }
  // What shows only while one scrolls goes.
  await pause(3000);

  // Marked, so that the parts are found again in the copy.
  for (const [name, { frame, rows }] of Object.entries(all)) {
    frame.dataset.frame = name;
    rows.dataset.rows = name;
  }
  const copy = document.getElementById("app").cloneNode(true);
  const fill = (name, from) => {
    const rows = copy.querySelector(`[data-rows=${name}]`);
    rows.removeAttribute("style");
    // One row a line; between blocks the break is nothing to be seen.
    rows.replaceChildren(...from.flatMap((row) => ["\n", row]), "\n");
    return rows;
  };
  fill("list", rooms);
  const bottom = fill("timeline", messages);
  // Opens at its end without a script: laid out from below.
  const frame = copy.querySelector("[data-frame=timeline]");
  frame.style.flexDirection = "column-reverse";
  frame.replaceChildren(bottom, ...[...frame.children].filter((child) => child !== bottom));

  const classes = new Map();
  for (const element of copy.querySelectorAll("[style]")) {
    const style = element.getAttribute("style");
    if (!classes.has(style)) classes.set(style, `i${classes.size}`);
    element.removeAttribute("style");
    element.classList.add(classes.get(style));
  }
  const walker = document.createTreeWalker(copy, NodeFilter.SHOW_COMMENT);
  const comments = [];
  while (walker.nextNode()) comments.push(walker.currentNode);
  comments.forEach((comment) => comment.remove());
  for (const element of copy.querySelectorAll("[data-frame], [data-rows]")) {
    delete element.dataset.frame;
    delete element.dataset.rows;
  }
  const css = [...classes].map(([style, name]) => `.${name}.${name}.${name} {\n  ${style}\n}\n`).join("");
  done({
    html: copy.outerHTML + "\n",
    css,
    rooms: rooms.length,
    messages: messages.filter((row) => row.querySelector("article, [data-testid=message]")).length,
  });
})().catch((error) => done(String(error)));
