# Nested elastic-net logistic regression by R glmnet on the folds it is given; prints mean within-fold AUC, CPU seconds.
# Rscript nested_glmnet.R FOLDER: x.csv, y.csv, outer.csv (fold of each row), inner.csv (a column for each outer fold)
suppressMessages(library(glmnet))
folder <- commandArgs(TRUE)[1]
read <- function(name) as.matrix(read.csv(file.path(folder, name), header = FALSE))
x <- read("x.csv"); y <- as.vector(read("y.csv")); outer <- as.vector(read("outer.csv")); inner <- read("inner.csv")
lambdas <- as.vector(read("lambdas.csv"))
area <- function(y, score) {
  r <- rank(score); n1 <- sum(y); (sum(r[y == 1]) - n1 * (n1 + 1) / 2) / (n1 * (length(y) - n1))
}
start <- proc.time(); areas <- c()
for (k in sort(unique(outer))) {
  train <- outer != k; best <- NULL
  for (alpha in c(0.5, 1)) {
    fit <- cv.glmnet(x[train, ], y[train], family = "binomial", alpha = alpha, lambda = lambdas,
                     foldid = inner[train, k + 1] + 1, type.measure = "deviance")
    if (is.null(best) || min(fit$cvm) < min(best$cvm)) best <- fit
  }
  areas <- c(areas, area(y[!train], predict(best, x[!train, ], s = "lambda.min")[, 1]))
}
used <- proc.time() - start
cat(mean(areas), used[["user.self"]] + used[["sys.self"]], "\n")
