// Every page: says that scripts run (see .needs-script in base.css) and closes an open account menu by Escape or a tap beside it.
document.documentElement.dataset.script = "";

const menu = document.querySelector(".site-account");
if (menu) {
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
