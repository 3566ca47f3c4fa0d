/* Copies the text of the element that a button names. Without it the text is there to select. */
const SHOWN_MS = 2000;

const select = (element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
};

const copy = async (button) => {
  const words = button.dataset.words ?? button.textContent;
  button.dataset.words = words;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    select(source); // no clipboard here: one key is left to press
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = words; }, SHOWN_MS);
};

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
