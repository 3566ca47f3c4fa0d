/* The theme, set before the first paint: a plain script in <head>, because inline ones are forbidden. */
(() => {
  const KEY = "prism-theme";
  const root = document.documentElement;

  const read = () => {
    try {
      const choice = localStorage.getItem(KEY);
      return choice === "light" || choice === "dark" ? choice : "system";
    } catch {
      return "system"; // storage is blocked: the choice lasts for this page
    }
  };

  const write = (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // storage is blocked: the choice lasts for this page
    }
  };

  const show = (choice) => {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  show(read());
  addEventListener("storage", (event) => {
    if (event.key === KEY) show(read());
  });
  addEventListener("DOMContentLoaded", () => {
    for (const group of document.querySelectorAll("[data-theme-switch]")) {
      group.hidden = false;
      group.addEventListener("click", (event) => {
        const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
        if (!choice) return;
        write(choice);
        show(choice);
      });
    }
    show(read());
  });
})();
