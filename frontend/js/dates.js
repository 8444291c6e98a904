// The range picker of the search bar, fetched when it is first opened.
import "cally";
