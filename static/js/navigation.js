/* Closes what opens as <details>: by Escape, and menus also by a click beside them. */
const opened = () => document.querySelectorAll("details[data-closes-by-escape][open]");

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const details of opened()) {
    details.open = false;
    details.querySelector("summary").focus();
  }
});

addEventListener("click", (event) => {
  for (const details of opened()) {
    if (details.matches(".menu") && !details.contains(event.target)) details.open = false;
  }
});
