# Log-linear smoothing and equipercentile linking in base R, as an oracle: Rscript oracle.R > r_glm.json
# The smoothing is a Poisson regression of the frequencies on orthogonal polynomials (glm); the link follows
# the definition of percentile ranks. R is GPL and runs here only; the tests read the JSON it wrote.
options(digits = 15)
frequencies <- read.csv("frequencies.csv")
smooth <- function(scale, degree) {
  rows <- frequencies[frequencies$scale == scale, ]
  fit <- glm(n ~ poly(score, degree), family = poisson, data = rows,
             control = glm.control(epsilon = 1e-14, maxit = 200))
  list(score = rows$score, p = unname(fitted(fit)) / sum(fitted(fit)))
}
linked <- function(from, to) {
  rank <- cumsum(from$p) - from$p / 2
  edges <- c(to$score - 0.5, max(to$score) + 0.5)
  approx(c(0, cumsum(to$p)), edges, rank, ties = "ordered")$y
}
numbers <- function(x) paste0("[", paste(format(x, digits = 15, scientific = TRUE), collapse = ", "), "]")
blocks <- c()
for (degree in c(2, 4, 5)) {
  x <- smooth("BPRS-18", degree)
  y <- smooth("PANSS", degree)
  blocks <- c(blocks, sprintf(
    '  "%d": {\n   "p": %s,\n   "q": %s,\n   "x_to_y": %s,\n   "y_to_x": %s\n  }',
    degree, numbers(x$p), numbers(y$p), numbers(linked(x, y)), numbers(linked(y, x))))
}
cat(sprintf('{\n "tool": "%s, glm of stats",\n "by_degree": {\n%s\n }\n}\n',
            R.version.string, paste(blocks, collapse = ",\n")))
