"use strict";
/* The list of objects: filtered, in pages, made of the data in the page. Everything is put there as text, nothing as HTML.

   A row is {table, kind, object, cells, findings, facts, suggestions}; a text is a number that `data.texts` resolves. `cells` are
   [mark, drifts, names, environments], the last one missing for "all others". What is filtered stands in the address after #. */
(() => {
  const PAGE = 100; // objects
  const PRINTED = 1000; // objects
  const BESIDE = 6; // more environments than these share one column
  const FEW = 8; // environments that are named, more are counted
  const SIGNS = { error: "✕", warning: "!", note: "–" };
  const FILTERS = ["search", "rule", "kind", "table", "environment"];

  const by = (id) => document.getElementById(id);
  const data = JSON.parse(by("data").textContent);
  const text = (number) => data.texts[number];
  const number = (value) => value.toLocaleString("en");

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // Theme: the system's until the button says otherwise, kept where the browser lets us.

  const THEMES = ["system", "light", "dark"];
  const paint = (name) => {
    document.documentElement.dataset.theme = name;
    by("theme").textContent = `Theme: ${name}`;
  };
  const remembered = () => {
    try {
      return localStorage.getItem("namesync-theme");
    } catch {
      return null;
    }
  };
  const next = () => {
    paint(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
    try {
      localStorage.setItem("namesync-theme", document.documentElement.dataset.theme);
    } catch {
      // a private window: until it is closed
    }
  };
  paint(THEMES.includes(remembered()) ? remembered() : "system");
  by("theme").hidden = false;
  by("theme").addEventListener("click", next);

  const form = by("filters");
  if (!form) return; // a clean report has no list

  // What is asked for: each filter is its value -> row -> whether the row is meant.

  const places = (row, cell) => {
    if (cell[3]) return cell[3];
    const others = new Set(row.cells.flatMap((one) => one[3] ?? []));
    return [...data.environments.keys()].filter((place) => !others.has(place));
  };
  const haystack = (row) => {
    if (!row.haystack) {
      const names = row.cells.flatMap((cell) => cell[2]);
      const messages = row.findings.map((found) => found[1]);
      row.haystack = [row.table, row.object, ...names, ...messages, ...row.facts.flat()].map(text).join("\n").toLowerCase();
    }
    return row.haystack;
  };
  const tables = new Set(data.rows.map((row) => text(row.table)));
  const TESTS = {
    search: (wanted) => {
      const words = wanted.toLowerCase().split(/\s+/);
      return (row) => words.every((word) => haystack(row).includes(word));
    },
    rule: (wanted) => (row) => row.findings.some(([rule]) => data.rules[rule].id === wanted),
    kind: (wanted) => (row) => data.kinds[row.kind] === wanted,
    table: (wanted) => {
      const lower = wanted.toLowerCase();
      return tables.has(wanted)
        ? (row) => text(row.table) === wanted
        : (row) => text(row.table).toLowerCase().includes(lower);
    },
    environment: (wanted) => {
      const place = data.environments.indexOf(wanted);
      return (row) => row.cells.some((cell) => cell[1] && places(row, cell).includes(place));
    },
  };
  const asked = () => FILTERS.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value);
  const filtered = () => {
    const tests = asked().map(([name, value]) => TESTS[name](value));
    return data.rows.filter((row) => tests.every((test) => test(row)));
  };

  const options = (values) => values.map((value) => element("option", { value }, value));
  form.elements.rule.append(...options(data.rules.map((rule) => rule.id).filter((id) => data.rows.some(TESTS.rule(id)))));
  form.elements.kind.append(...options(data.kinds.filter((kind) => data.rows.some(TESTS.kind(kind)))));
  form.elements.environment.append(...options(data.environments));
  by("tables").append(...options([...tables]));

  // A row: the object, and what stands for each environment.

  const severity = (row) => data.rules[row.findings[0][0]].severity;
  const beside = data.environments.length <= BESIDE;
  const sign = (weight) => element("span", { class: `sign ${weight}` }, SIGNS[weight]);
  const inside = ([mark, drifts, names], weight) => {
    const word = data.marks[mark];
    const shown = names.map((name) => element("span", { class: "names" }, text(name)));
    if (!names.length && !drifts && word) shown.push(element("span", { class: "absent" }, `(${word})`));
    if (drifts) shown.push(element("span", { class: "mark" }, `${SIGNS[weight]} ${word}`));
    return shown;
  };
  const looks = (cell, weight) => (cell[1] ? `drifts ${weight}` : "");
  const column = (row, environment, place) => {
    const cell = row.cells.find((one) => places(row, one).includes(place));
    const attributes = { role: "cell", class: looks(cell, severity(row)), "data-environment": environment };
    return element("td", attributes, ...inside(cell, severity(row)));
  };
  const group = (row, cell) => {
    const where = places(row, cell).map((place) => data.environments[place]);
    const told = where.length > FEW ? `in ${where.length} environments` : `in ${where.join(", ")}`;
    const named = element("span", { class: "places", title: where.join(", ") }, told);
    return element("div", { class: `group ${looks(cell, severity(row))}` }, ...inside(cell, severity(row)), named);
  };
  const line = (row, open) => {
    const toggle = element("button", { type: "button", class: "toggle" }, element("span", {}, text(row.object)));
    const tags = row.findings.map(([rule]) => {
      const { id, severity: weight } = data.rules[rule];
      return element("li", { class: weight }, sign(weight), ` ${weight}: ${id}`);
    });
    const head = element("th", { scope: "row", role: "rowheader" }, toggle, element("ul", { class: "tags" }, ...tags));
    const cells = beside
      ? data.environments.map((environment, place) => column(row, environment, place))
      : [element("td", { role: "cell" }, ...row.cells.map((cell) => group(row, cell)))];
    const first = element("tr", { role: "row" }, head, ...cells);
    const more = () => details(row, cells.length + 1);
    let second = open ? more() : null;
    toggle.setAttribute("aria-expanded", String(open));
    toggle.addEventListener("click", () => {
      second?.remove();
      second = second ? null : more();
      if (second) first.after(second);
      toggle.setAttribute("aria-expanded", String(Boolean(second)));
    });
    return open ? [first, second] : [first];
  };

  // What is below a row that is opened: messages, facts, what to do.

  const details = (row, width) => {
    const cell = element("td", { role: "cell", colspan: width });
    for (const [rule, message] of row.findings) {
      const { id, severity: weight } = data.rules[rule];
      const page = element("a", { href: `#rule-${id}` }, `What ${id} means`);
      cell.append(element("p", { class: weight }, sign(weight), ` ${text(message)} `, page));
    }
    const facts = row.facts.flatMap(([word, fact]) => [element("dt", {}, text(word)), element("dd", {}, text(fact))]);
    if (facts.length) cell.append(element("dl", {}, ...facts));
    cell.append(...row.suggestions.map((one) => suggestion(...one.map(text))));
    return element("tr", { class: "details", role: "row" }, cell);
  };
  const suggestion = (way, when, what) => {
    const button = element("button", { type: "button", "aria-label": `Copy ${way}: ${when}` }, "Copy");
    const code = element("pre", { tabindex: "0" }, what);
    button.addEventListener("click", async () => {
      button.textContent = (await copied(what, code)) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    const title = element("span", {}, element("strong", {}, way), `: ${when}`);
    return element("div", { class: "suggestion" }, element("div", {}, title, button), code);
  };
  const copied = async (what, code) => {
    try {
      await navigator.clipboard.writeText(what);
      return true;
    } catch {
      getSelection().selectAllChildren(code); // not allowed here: selected, it is a keystroke away
      return false;
    }
  };

  // The list, a page of it.

  const titles = data.environments.map((name) => (name === data.authority ? `${name} (authority)` : name));
  const section = (rows, open) => {
    const name = text(rows[0].table);
    const heads = ["object", ...(beside ? titles : ["names"])];
    const head = element("tr", { role: "row" }, ...heads.map((word) => element("th", { scope: "col", role: "columnheader" }, word)));
    const body = element("tbody", { role: "rowgroup" }, ...rows.flatMap((row) => line(row, open)));
    const table = element("table", { role: "table", "aria-label": name }, element("thead", { role: "rowgroup" }, head), body);
    return element("section", { class: "table" }, element("h3", {}, name), table);
  };
  const list = (rows, open) => {
    const groups = new Map(rows.map((row) => [row.table, []]));
    for (const row of rows) groups.get(row.table).push(row);
    by("objects").replaceChildren(...[...groups.values()].map((group) => section(group, open)));
  };

  let page = 0;
  let found = data.rows;
  const show = () => {
    const first = page * PAGE;
    const rows = found.slice(first, first + PAGE);
    const all = `${number(found.length)} ${found.length === 1 ? "object" : "objects"}`;
    const range = found.length > PAGE ? `Objects ${number(first + 1)} to ${number(first + rows.length)} of ${number(found.length)}` : all;
    by("status").textContent = found.length < data.rows.length ? `${range} found among ${number(data.rows.length)}` : range;
    list(rows, false);
    pages(Math.ceil(found.length / PAGE) - 1);
  };
  const pages = (last) => {
    const nav = by("pages");
    const focused = nav.contains(document.activeElement) ? document.activeElement.textContent : null;
    const steps = [["First", 0], ["Previous", page - 1], ["Next", page + 1], ["Last", last]];
    const buttons = steps.map(([word, to]) => {
      const button = element("button", { type: "button" }, word);
      button.disabled = to === page || to < 0 || to > last;
      button.addEventListener("click", () => {
        page = to;
        show();
        by("list").scrollIntoView();
      });
      return button;
    });
    nav.hidden = last < 1;
    nav.replaceChildren(...buttons, element("span", {}, `Page ${number(page + 1)} of ${number(last + 1)}`));
    buttons.find((button) => button.textContent === focused)?.focus({ preventScroll: true });
  };
  const update = () => {
    found = filtered();
    page = 0;
    show();
  };

  // The address: `#rule=name-drift&table=Post` is a filter, `#rule-name-drift` a place on the page.

  const fromAddress = () => {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      const given = new URLSearchParams(hash);
      for (const name of FILTERS) form.elements[name].value = given.get(name) ?? "";
      update();
      by("list").focus({ preventScroll: true });
      by("list").scrollIntoView();
    } else if (by(hash) instanceof HTMLDetailsElement) {
      by(hash).open = true;
    }
  };
  const toAddress = () => {
    const told = new URLSearchParams(asked()).toString();
    history.replaceState(null, "", told ? `#${told}` : location.pathname + location.search);
  };
  const filter = () => {
    update();
    toAddress();
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  form.addEventListener("reset", () => setTimeout(filter)); // once the form is empty
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", fromAddress);

  // On paper: all that was asked for, opened.

  addEventListener("beforeprint", () => {
    list(found.slice(0, PRINTED), true);
    for (const help of document.querySelectorAll(".help")) help.open = true;
    if (found.length > PRINTED) by("status").textContent = `The first ${number(PRINTED)} of ${number(found.length)} objects`;
  });
  addEventListener("afterprint", show);

  show();
  fromAddress();
})();
