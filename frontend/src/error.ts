/** Error and account pages: the site's look without any behaviour. */
import "./css/site.css";
