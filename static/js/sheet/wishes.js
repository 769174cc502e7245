// What a household wants of the sheet beyond quantities. They know the lines by their fields and by their state alone.
import "./favourites.js";
import "./notes.js";
import "./usual.js";
