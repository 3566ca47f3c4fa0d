/* Brings the service in question into view, and marks the arrows of the one under the pointer or the focus. */
const canvas = document.querySelector("[data-graph]");

const mark = (name) => {
  for (const arrow of canvas.querySelectorAll("[data-from]")) {
    arrow.classList.toggle("marked", arrow.dataset.from === name || arrow.dataset.to === name);
  }
};

if (canvas) {
  const box = canvas.querySelector("[aria-current]");
  if (box) {
    const place = box.getBoundingClientRect();
    const frame = canvas.getBoundingClientRect();
    canvas.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
    canvas.scrollTop += place.top - frame.top - (frame.height - place.height) / 2;
  }
  for (const type of ["pointerover", "focusin"]) {
    canvas.addEventListener(type, (event) => mark(event.target.closest("[data-name]")?.dataset.name));
  }
  canvas.addEventListener("pointerleave", () => mark(null));
}
