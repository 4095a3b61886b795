// Dropping files onto the upload form. Without this script the form works as it is: one file, chosen by the button.
(() => {
  const form = document.querySelector("form.drop");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const choice = form.querySelector("select");
  const state = form.querySelector(".drop-state");
  const codes = Array.from(choice.options, (option) => option.value).filter(Boolean);
  form.querySelector(".drop-help").hidden = false;

  const codeOf = (name) => codes.find((code) => name.toUpperCase().startsWith(code)) || "";
  const over = (isOver) => form.classList.toggle("over", isOver);
  const holdsFiles = (event) => Array.from(event.dataTransfer.types).includes("Files");

  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      over(true);
    });
  }
  form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || over(false));
  form.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    over(false);
    const files = Array.from(event.dataTransfer.files);
    if (files.length === 1) takeOne(files[0]);
    else if (files.length) sendAll(files);
  });
  input.addEventListener("change", () => input.files.length && suggest(input.files[0]));

  function takeOne(file) {
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    suggest(file);
    state.textContent = file.name;
    choice.focus();
  }

  function suggest(file) {
    if (codeOf(file.name)) choice.value = codeOf(file.name);
  }

  // One after another: each that is attached makes a revision, which the next has to name.
  async function sendAll(files) {
    const failed = [];
    let revision = form.elements.revision.value;
    for (const [place, file] of files.entries()) {
      state.textContent = form.dataset.said.replace("{n}", place + 1).replace("{all}", files.length);
      const body = new FormData(form);
      body.set("file", file);
      body.set("checklist_code", codeOf(file.name));
      body.set("revision", revision);
      try {
        const answer = await fetch(form.action, { method: "POST", body });
        if (!answer.ok) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        revision = page.querySelector("form.drop input[name=revision]")?.value ?? revision;
      } catch {
        failed.push(file.name);
      }
    }
    if (!failed.length) return location.reload();
    state.textContent = form.dataset.failed + failed.join("、");
    state.classList.add("wrong");
  }
})();
