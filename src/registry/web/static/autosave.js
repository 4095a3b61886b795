// Beside htmx, which keeps the form as a draft: says plainly when it did not, keeps trying, and holds what could not be
// sent for this tab alone (by user and project) until the server has it.
"use strict";
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const state = document.getElementById("save-state");
  const path = form.dataset.draft;
  const key = `unsent ${form.dataset.owner} ${path}`;
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["x-csrf-token"];
  let isUnsent = false;
  let isSending = false;
  let isPassing = false;
  let leaving = null;
  let timer = 0;

  const show = (name) => {
    state.replaceChildren(document.getElementById(`state-${name}`).content.cloneNode(true));
    state.classList.toggle("wrong", isUnsent);
  };
  const fail = (name) => {
    isUnsent = true;
    sessionStorage.setItem(key, new URLSearchParams(new FormData(form)).toString());
    if (name) show(name);
    clearTimeout(timer);
    if (name) timer = setTimeout(retry, 4000);
  };
  const pass = () => {
    isPassing = true;
    sessionStorage.removeItem(key);
    form.requestSubmit(leaving.button);
  };
  const retry = async () => {
    const options = { redirect: "manual", headers: { accept: "text/plain" } };
    const answer = await fetch(`${path}?by=${form.dataset.owner}`, options).catch(() => null);
    if (!answer || !answer.ok) return fail(!answer ? "offline" : answer.status >= 500 ? "refused" : "signed-out");
    const fresh = answer.headers.get("x-csrf-token");
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrf-token": fresh }));
    for (const input of document.querySelectorAll("input[name=_csrf]")) input.value = fresh;
    htmx.trigger(state, "keep");
  };

  state.addEventListener("htmx:beforeRequest", (event) => {
    if (isPassing) event.preventDefault();
    isSending = !isPassing;
  });
  state.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 409) event.detail.shouldSwap = true;
  });
  state.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    isSending = false;
    if (event.detail.successful) {
      isUnsent = false;
      state.classList.remove("wrong");
      sessionStorage.removeItem(key);
    } else if (status === 409) {
      fail(null);
      state.classList.add("wrong");
    } else if (status) {
      fail(status === 401 || status === 403 ? "signed-out" : "refused");
    }
    const mayGoOn = status && status !== 401 && status !== 403 && status < 500;
    if (leaving && mayGoOn) pass();
    if (status) leaving = null;
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    state.addEventListener(name, () => {
      leaving = null;
      fail("offline");
    });
  }

  form.addEventListener("input", () => isUnsent || show("waiting"));
  // A form is kept before it is sent, so that a session that ran out or a lost line costs nothing.
  form.addEventListener("submit", (event) => {
    if (isPassing) return;
    event.preventDefault();
    leaving = { button: event.submitter };
    if (!isSending) htmx.trigger(state, "keep");
  });
  window.addEventListener("beforeunload", (event) => isUnsent && !isPassing && event.preventDefault());
  form.addEventListener("focusin", (event) => {
    const next = event.target.closest("fieldset")?.querySelector("a[rel=next]");
    if (next) document.getElementById("next-part").href = next.hash;
  });

  const unsent = sessionStorage.getItem(key);
  if (unsent) {
    const headers = { "content-type": "application/x-www-form-urlencoded", "x-csrf-token": token() };
    fetch(path, { method: "POST", body: unsent, headers }).then((answer) => {
      if (!answer.ok) return;
      sessionStorage.removeItem(key);
      location.replace(form.getAttribute("action"));
    });
  }
})();
