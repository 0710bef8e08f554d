"use strict";
// What the page can do besides being read: search, filters that are kept in the address, folding, keys. It shows and
// hides entries and makes none; all text stays where it was laid out.
(() => {
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const tools = document.querySelector(".tools");
  const cards = all(".card");
  const folds = cards.map((card) => card.querySelector("details")).filter(Boolean);

  // Printed, everything is open; afterwards, all is as it was.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const d of closed) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
    closed = [];
  });
  if (!tools) return;

  const { q, at, who, as } = tools.elements;
  const shown = tools.querySelector("output");
  const none = document.querySelector(".none");
  const tiles = all(".tile");
  const clears = all("button[name=clear]");
  const sections = all("section").map((section) => ({ section, cards: all(".card", section), number: section.querySelector("h2 small") }));
  const words = (text) => (text ? text.split(" ") : []);
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const index = cards.map((card) => ({
    card,
    kinds: words(card.dataset.kind),
    at: words(card.dataset.at),
    who: new Set(words(card.dataset.who)),
    joins: new Set(words(card.dataset.joins)),
    quits: new Set(words(card.dataset.quits)),
    text: null, // read when first searched
  }));

  // The folders that a choice stands for: itself, or all below a path.
  const places = (key) => {
    if (!key.endsWith("/")) return new Set([key]);
    return new Set(all("option", at).filter((o) => (o.dataset.path + "/").startsWith(key)).map((o) => o.value));
  };

  const chosen = () => ({
    q: q.value.trim(),
    kind: tiles.filter((t) => t.getAttribute("aria-pressed") === "true").map((t) => t.dataset.kind),
    at: at ? at.value : "",
    who: who ? who.value : "",
    as: who && who.value ? as.value : "",
  });

  const number = (n) => n.toLocaleString("en");

  function apply() {
    const want = chosen();
    const terms = plain(want.q).match(/"[^"]+"|tid \d+|\S+/g)?.map((t) => t.replace(/^"(.+)"$/, "$1")) ?? [];
    const within = want.at && places(want.at);
    let count = 0;
    for (const e of index) {
      let hit = (!want.kind.length || e.kinds.some((k) => want.kind.includes(k))) &&
        (!within || e.at.some((id) => within.has(id))) &&
        (!want.who || e[want.as || "who"].has(want.who));
      if (hit && terms.length) {
        e.text ??= plain(e.card.textContent);
        hit = terms.every((t) => e.text.includes(t));
      }
      if (e.card.hidden === hit) e.card.hidden = !hit;
      count += hit;
    }
    const filtered = address(want) !== "";
    const part = (n, list) => (filtered ? `${number(n)} of ${number(list.length)}` : number(list.length));
    for (const s of sections) {
      const n = s.cards.filter((c) => !c.hidden).length;
      s.section.hidden = n === 0;
      s.number.textContent = part(n, s.cards);
    }
    shown.textContent = part(count, cards) + (filtered ? "" : " entries");
    none.hidden = count > 0;
    for (const b of clears) b.hidden = !filtered;
    if (as) as.parentElement.hidden = !who.value;
  }

  // The address of a view: #q=…&kind=create,update&at=71&who=5&as=joins
  function address(want) {
    const p = new URLSearchParams();
    for (const [key, value] of Object.entries(want)) if (value.length) p.set(key, value);
    return p.toString();
  }

  function restore() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return; // a place on the page
    const p = new URLSearchParams(hash);
    q.value = p.get("q") ?? "";
    const kinds = (p.get("kind") ?? "").split(",");
    for (const t of tiles) t.setAttribute("aria-pressed", kinds.includes(t.dataset.kind));
    for (const [select, key] of [[at, "at"], [who, "who"], [as, "as"]]) {
      if (!select) continue;
      select.value = p.get(key) ?? "";
      if (select.selectedIndex < 0) select.value = "";
    }
    apply();
  }

  // Each choice is a step that Back undoes; typing goes on in one.
  let typing = false;
  function remember(typed) {
    const hash = address(chosen());
    const url = hash ? "#" + hash : location.href.split("#")[0];
    if (hash !== location.hash.slice(1)) history[typed && typing ? "replaceState" : "pushState"](null, "", url);
    typing = typed;
  }
  function change(typed = false) {
    apply();
    remember(typed);
  }

  let waiting = 0;
  q.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change(true), cards.length > 500 ? 120 : 0);
  });
  for (const select of [at, who, as]) if (select) select.addEventListener("change", () => change());
  for (const t of tiles) {
    t.disabled = false;
    t.addEventListener("click", () => {
      t.setAttribute("aria-pressed", t.getAttribute("aria-pressed") !== "true");
      change();
    });
  }
  function clear() {
    clearTimeout(waiting);
    q.value = "";
    for (const t of tiles) t.setAttribute("aria-pressed", "false");
    for (const select of [at, who, as]) if (select) select.value = "";
    change();
  }
  for (const b of clears) {
    b.addEventListener("click", () => {
      clear();
      q.focus();
    });
  }
  const fold = (open) => {
    for (const d of folds) if (!d.closest(".card").hidden) d.open = open;
  };
  tools.elements.open.addEventListener("click", () => fold(true));
  tools.elements.close.addEventListener("click", () => fold(false));
  tools.addEventListener("submit", (e) => e.preventDefault());
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      e.preventDefault();
      q.focus();
      q.select();
    } else if (e.key === "Escape" && address(chosen())) {
      e.preventDefault();
      clear();
    }
  });
  addEventListener("popstate", restore);
  addEventListener("hashchange", restore);

  tools.hidden = false;
  restore();
})();
