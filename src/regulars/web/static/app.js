// Makes pages quicker, and never makes them possible: every link and form works without this file.
// A link or a form of the same origin is fetched, and what it answers replaces <main>, <nav> and the tools at the top;
// the address, the history, the title and the focus follow. Anything unexpected falls back on a full load.
"use strict";
(() => {
  const parser = new DOMParser();
  let asking = null;

  const announce = (() => {
    const live = document.createElement("p");
    live.className = "live";
    live.setAttribute("role", "status");
    document.body.append(live);
    return (text) => { live.textContent = text; };
  })();

  async function show(url, { push = true, keep = null, waits = false } = {}) {
    asking?.abort();
    const mine = (asking = new AbortController());
    if (!waits) document.getElementById("main").setAttribute("aria-busy", "true");
    const slow = setTimeout(() => waits || announce("Calculating"), 600);
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
      const kind = answer.headers.get("Content-Type") || "";
      if (!kind.startsWith("text/html") || new URL(answer.url).origin !== location.origin) return location.assign(url);
      const page = parser.parseFromString(await answer.text(), "text/html");
      // Where the frame is another one, such as that of the login, all of the page is.
      if (!page.getElementById("main") || !page.querySelector("nav.menu") !== !document.querySelector("nav.menu")) {
        return location.assign(answer.url);
      }
      if (waits && page.getElementById("main").dataset.again) return;
      if (push) history.pushState(null, "", answer.url);
      swap(page, keep);
      if (push && !keep) scrollTo(0, 0);
    } catch (fault) {
      if (fault.name !== "AbortError") announce("No connection. What you see is the last page that came.");
    } finally {
      clearTimeout(slow);
      if (asking === mine) {
        document.getElementById("main").removeAttribute("aria-busy");
        again();
      }
    }
  }

  function swap(page, keep) {
    document.title = page.title;
    for (const part of ["main", "nav.menu", ".tools"]) {
      const now = document.querySelector(part), next = page.querySelector(part);
      if (now && next) now.replaceWith(next);
    }
    const field = keep && document.getElementById(keep.id);
    if (field) {
      field.focus();
      if (keep.at !== null && field.setSelectionRange) field.setSelectionRange(keep.at, keep.at);
    } else {
      document.getElementById("main").focus({ preventScroll: true });
    }
    const told = document.querySelector("main .told");
    announce(told ? told.textContent : document.title);
    ready();
  }

  // What the reader sees of a new page besides what it says.
  function ready() {
    const box = document.getElementById("keys");
    if (box) box.checked = using();
    // Where the menu is a row that scrolls, it shows where one is.
    const menu = document.querySelector("nav.menu"), here = menu?.querySelector("[aria-current]");
    if (here) menu.scrollLeft += here.getBoundingClientRect().left - menu.getBoundingClientRect().left - 48;
  }

  // A page that is still being worked out says when to ask again; until it is there, nothing changes for the reader.
  function again() {
    const main = document.getElementById("main"), last = asking;
    if (main.dataset.again) {
      setTimeout(() => asking === last && show(location.href, { push: false, waits: true }), 1000 * main.dataset.again);
    }
  }

  function asked(form) {
    const words = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== "") words.append(name, value);
    const text = words.toString();
    return form.action.split("?")[0] + (text && "?" + text);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || link.hasAttribute("download") || link.target || /\.\w+$/.test(to.pathname)) return;
    if (to.hash && to.pathname === location.pathname && to.search === location.search) return;
    event.preventDefault();
    show(link.href);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.method !== "get") return;
    event.preventDefault();
    show(asked(event.target));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-now]")) {
      show(asked(event.target.form), { keep: { id: event.target.id, at: null } });
    } else if (event.target.id === "keys") {
      localStorage.setItem("keys", event.target.checked ? "on" : "off");
    }
  });

  let waiting = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-soon]")) return;
    clearTimeout(waiting);
    const field = event.target;
    waiting = setTimeout(() => show(asked(field.form), { keep: { id: field.id, at: field.selectionStart } }), 250);
  });

  window.addEventListener("popstate", () => show(location.href, { push: false }));

  const using = () => localStorage.getItem("keys") !== "off";

  // The next page of the menu whose name begins so: several may.
  function named(letter) {
    const menu = [...document.querySelectorAll("nav.menu a")];
    const here = 1 + menu.findIndex((link) => link.hasAttribute("aria-current"));
    return [...menu.slice(here), ...menu.slice(0, here)]
      .find((link) => link.textContent.trim().toLowerCase().startsWith(letter));
  }

  let went = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !using()) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const find = (words) => document.querySelector(words);
    const there = went && named(event.key);
    went = event.key === "g";
    const link = there || { n: find("a[rel=next]"), p: find("a[rel=prev], a[rel=first]"),
      "?": find('.tools a[href$="/help"]'), Escape: find("form.asked a.plain") }[event.key];
    if (link) link.click();
    else if (event.key === "/" && find("#ask-q")) { event.preventDefault(); find("#ask-q").focus(); }
  });

  ready();
  again();
})();
