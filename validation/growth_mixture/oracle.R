# Growth mixtures in R, as an oracle: Rscript oracle.R trajectories.csv > r_flexmix.json
# One class is a linear mixed model (nlme, maximum likelihood). Several classes are a mixture of linear mixed models
# with one residual and one intercept variance for all classes (flexmix, FLXMRlmm), best of many starts. The package
# lcmm, the usual choice, is not in Debian. R is GPL and runs here only; the tests read the JSON it wrote.
suppressMessages({library(nlme); library(flexmix)})
options(digits = 15)
d <- read.csv(commandArgs(TRUE)[1])
n <- function(x) paste0("[", paste(format(x, digits = 12, scientific = TRUE), collapse = ", "), "]")
one <- lme(value ~ time, random = ~ 1 | person, data = d, method = "ML")
blocks <- sprintf('  "1": {"log_likelihood": %.10f, "shares": [1.0], "intercept": %s, "slope": %s, "residual_sd": %.10f, "intercept_sd": %.10f}',
  as.numeric(logLik(one)), n(fixef(one)[1]), n(fixef(one)[2]), one$sigma, as.numeric(VarCorr(one)[1, 2]))
d$person <- factor(d$person)
for (k in 2) {
  best <- NULL
  for (seed in 1:3) {
    set.seed(seed)
    fit <- try(flexmix(value ~ time | person, data = d, k = k,
      model = FLXMRlmm(random = ~ 1, varFix = c(Random = TRUE, Residual = TRUE)),
      control = list(iter.max = 1500, tolerance = 1e-10, minprior = 0)), silent = TRUE)
    if (!inherits(fit, "try-error") && (is.null(best) || logLik(fit) > logLik(best))) best <- fit
  }
  p <- parameters(best)
  order <- order(p["coef.time", ])
  psi <- p["sigma2.Random", 1]
  s2 <- p["sigma2.Residual", 1]
  blocks <- c(blocks, sprintf('  "%d": {"log_likelihood": %.10f, "shares": %s, "intercept": %s, "slope": %s, "residual_sd": %.10f, "intercept_sd": %.10f}',
    k, as.numeric(logLik(best)), n(prior(best)[order]), n(p["coef.(Intercept)", order]), n(p["coef.time", order]), sqrt(s2), sqrt(psi)))
}
cat(sprintf('{\n "tool": "%s; nlme %s, flexmix %s",\n "by_classes": {\n%s\n }\n}\n', R.version.string,
  packageVersion("nlme"), packageVersion("flexmix"), paste(blocks, collapse = ",\n")))
