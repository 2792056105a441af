"use strict";
// Keeps the page as the server renders it. The server's HTML is parsed by XMLHttpRequest as a
// document in which no script runs, and its nodes are moved here: no text becomes HTML.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const narrow = matchMedia("(max-width: 51.99rem)");
  const pause = 300; // ms between two updates
  const quiet = 3000; // ms between two announcements
  let shown = document.body.dataset.open;
  let seen = Number($("#rows").dataset.newest);
  let events, busy = false, stale = false, openStale = false, announced = 0, waiting = 0, timer = 0;

  const load = (url) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.timeout = 20000;
    request.onload = () => (request.response?.body?.dataset.process ? resolve(request.response) : reject());
    request.onerror = request.ontimeout = reject;
    request.open("GET", url);
    request.send();
  });

  // update fetches the list, and the delivery that is shown if it changed. Changes that
  // arrive meanwhile cause one more update.
  async function update() {
    stale = true;
    if (busy) return;
    busy = true;
    while (stale) {
      const withOpen = openStale, id = shown;
      stale = openStale = false;
      try {
        const fresh = await load(withOpen && id ? "/deliveries/" + id : "/");
        updateRows(fresh);
        if (withOpen && id === shown) updateOpen(fresh);
      } catch {
        openStale ||= withOpen; // the next "start" event updates it
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    busy = false;
  }

  const key = (element) => element.id;
  const scroller = () => (narrow.matches ? document.scrollingElement : $(".list"));

  // updateRows makes the list equal to the fresh one. Rows that did not change stay, with
  // their focus, and what is being read stays where it is.
  function updateRows(fresh) {
    const list = $("#rows"), next = $("#rows", fresh), pane = scroller();
    const focused = document.activeElement?.closest?.("#rows > li");
    const reading = focused?.matches(":focus-within:has(:focus-visible)") ? focused
      : pane.scrollTop > 0 ? [...list.children].find((row) => row.getBoundingClientRect().bottom > $(".list-head").getBoundingClientRect().bottom)
      : null;
    const anchor = reading && { id: key(reading), top: reading.getBoundingClientRect().top };
    const focus = focused && key(focused);

    const old = new Map([...list.children].map((row) => [key(row), row]));
    const rows = [...next.children].map((row) => {
      const before = old.get(key(row));
      mark(row);
      return before?.isEqualNode(row) ? before : document.adoptNode(row);
    });
    const stay = new Set(rows);
    for (const row of old.values()) if (!stay.has(row)) row.remove();
    rows.forEach((row, i) => { if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null); });

    if (focus && !list.contains(document.activeElement)) $("a", document.getElementById(focus) ?? list)?.focus({ preventScroll: true });
    if (!anchor) list.style.paddingBottom = "";
    const now = anchor && document.getElementById(anchor.id);
    if (now?.offsetParent) {
      const moved = () => now.getBoundingClientRect().top - anchor.top;
      pane.scrollTop += moved();
      if (moved() > 1) { // near its end the list cannot scroll so far
        list.style.paddingBottom = parseFloat(list.style.paddingBottom || 0) + moved() + "px";
        pane.scrollTop += moved();
      }
    }
    replace("#counts", fresh);
    if (rows.length) $(".none")?.remove();
    if (!shown && $(".empty")) replace(".empty", fresh);
    if ($("#delivery") && !$("#row-" + shown)) gone();
    const newest = Number(next.dataset.newest);
    announce(Math.max(0, newest - Number(list.dataset.newest)));
    list.dataset.newest = newest;
    showNewer();
    title();
  }

  function mark(row) {
    const link = $("a", row);
    if (key(row) === "row-" + shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }

  function replace(selector, fresh) {
    const old = $(selector), next = $(selector, fresh);
    if (old && next && !old.isEqualNode(next)) old.replaceWith(document.adoptNode(next));
  }

  // updateOpen replaces the parts of the delivery that changed.
  function updateOpen(fresh) {
    const old = $("#delivery"), next = $("#delivery", fresh);
    if (!old || !next) return;
    const olds = [...old.children], nexts = [...next.children];
    const name = (part) => part.getAttribute("aria-labelledby") ?? part.className;
    const focus = old.contains(document.activeElement) && document.activeElement.id;
    const parts = new Map(olds.map((part) => [name(part), part]));
    let at = null;
    for (const part of nexts) {
      const before = parts.get(name(part));
      parts.delete(name(part));
      let keep = before;
      if (!before || (before.className !== "actions" && !same(before, part))) {
        keep = document.adoptNode(part);
        if (before) { restore(before, keep); before.replaceWith(keep); }
        else if (at) at.after(keep);
        else old.prepend(keep);
      }
      at = keep;
    }
    for (const part of parts.values()) part.remove();
    if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus({ preventScroll: true });
  }

  // same compares what the server rendered: the reader may have opened a part of it.
  function same(before, part) {
    const copy = before.cloneNode(true);
    for (const details of copy.querySelectorAll("details")) details.removeAttribute("open");
    return copy.isEqualNode(part);
  }

  // restore keeps the views and details that the reader chose.
  function restore(before, part) {
    for (const input of before.querySelectorAll("input:checked")) {
      const again = [...part.querySelectorAll("input")].find((other) => other.name === input.name && other.value === input.value);
      if (again) again.checked = true;
    }
    for (const details of before.querySelectorAll("details[open]")) {
      const again = [...part.querySelectorAll("details")].find((other) => other.id === details.id);
      if (again) again.open = true;
    }
  }

  function gone() {
    if ($("#gone")) return;
    const text = document.createElement("div");
    text.id = "gone";
    text.className = "notice";
    text.setAttribute("role", "status");
    text.textContent = "This delivery is no longer kept: newer ones took its place. What you see here is all that is left.";
    $(".actions").replaceWith(text);
  }

  // show opens a delivery, or the list if there is no ID, without loading the page.
  async function show(id, { push, focus }) {
    const url = id ? "/deliveries/" + id : "/";
    let fresh;
    try { fresh = await load(url); } catch { location.assign(url); return; }
    const before = shown;
    shown = document.body.dataset.open = id;
    if (push) history.pushState(null, "", url);
    $("main").replaceWith(document.adoptNode($("main", fresh)));
    for (const row of $("#rows").children) mark(row);
    updateRows(fresh);
    if (narrow.matches) scrollTo(0, 0);
    $("main").scrollTop = 0;
    const row = $("#row-" + (id || before) + " a");
    if (id && focus) $("#delivery-heading")?.focus({ preventScroll: true });
    else if (!id && focus) row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  function announce(count) {
    waiting += count;
    if (!waiting || timer) return;
    timer = setTimeout(() => {
      $("#news").textContent = (waiting === 1 ? "1 new delivery. " : waiting + " new deliveries. ") + $("#counts").textContent;
      announced = Date.now();
      waiting = timer = 0;
    }, Math.max(0, announced + quiet - Date.now()));
  }

  // showNewer offers the new deliveries to a reader who is further down.
  function showNewer() {
    const newest = Number($("#rows").dataset.newest), button = $("#newer");
    if (scroller().scrollTop <= 0) seen = newest;
    const count = newest - seen;
    button.hidden = count <= 0;
    const text = "↑ " + count + " new";
    if (button.textContent !== text) button.textContent = text;
  }

  function title() {
    const counts = $("#counts").textContent;
    const open = shown && $("#delivery .chip.large") ? "#" + shown + " " + $("#delivery .chip.large").lastChild.textContent.trim() + " – " : "";
    document.title = open + (counts ? counts.replace(" kept", " received") + " – " : "") + "sendsar-webhook listen";
  }

  function connect() {
    events?.close();
    events = new EventSource("/events");
    const status = $("#connection");
    events.addEventListener("start", (event) => {
      if (event.data !== document.body.dataset.process) { location.assign("/"); return; } // listen was restarted
      status.textContent = "Live";
      status.className = "live";
      openStale = true;
      update();
    });
    events.addEventListener("changed", (event) => {
      openStale ||= JSON.parse(event.data).includes(Number(shown));
      update();
    });
    events.onerror = () => {
      status.textContent = "Not connected: listen does not answer. Trying again …";
      status.className = "lost";
      if (events.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) connect(); }, 1000);
    };
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#rows a, .back a, .top h1 a, #delivery .delivery-head a");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link.pathname.match(/^\/deliveries\/(\d+)$/)?.[1] ?? "", { push: true, focus: true });
  });
  addEventListener("popstate", () => show(location.pathname.match(/^\/deliveries\/(\d+)$/)?.[1] ?? "", { push: false, focus: true }));

  document.addEventListener("submit", async (event) => {
    const form = event.target, button = $("button", form);
    if (form.id === "again") {
      if (form.dataset.sent) event.preventDefault(); // a double click sends it once
      form.dataset.sent = "1";
      button.textContent = "Sending …";
    }
    if (form.id !== "copy") return;
    event.preventDefault();
    const id = shown, answer = await fetch(form.getAttribute("action")).catch(() => null);
    if (id !== shown) return;
    if (!answer?.ok) { $("#copied").textContent = "There is no command: the delivery is no longer kept."; return; }
    const text = (await answer.text()).replace(/\n$/, "");
    try {
      await navigator.clipboard.writeText(text);
      $("#command").hidden = true;
      $("#copied").textContent = "Copied.";
    } catch {
      $("#command").hidden = false;
      $("#command-text").value = text;
      $("#command-text").select();
    }
  });
  // A page from the browser's cache may have a form that was sent.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  $("#newer").addEventListener("click", () => { scroller().scrollTop = 0; showNewer(); $("#rows a")?.focus({ preventScroll: true, focusVisible: false }); });
  for (const target of [$(".list"), document]) target.addEventListener("scroll", showNewer, { passive: true });
  // A browser has few connections for one address, and tabs that nobody sees need none.
  document.addEventListener("visibilitychange", () => { if (document.hidden) events?.close(); else connect(); });
  $('#rows [aria-current]')?.scrollIntoView({ block: "nearest" });
  if (!document.hidden) connect();
})();
