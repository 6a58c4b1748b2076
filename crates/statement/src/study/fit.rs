//! The expected return: a mean, or a line by least squares, with the error of predicting from it.

use super::series::SeriesProblem;
use super::student::quantile_975;

/// An estimate from the returns of the estimation window.
pub(super) struct Fit {
    pub(super) alpha: f64,
    pub(super) beta: Option<f64>,
    /// Standard deviation of the residuals, with the degrees of freedom taken off.
    pub(super) deviation: f64,
    count: f64,
    freedom: f64,
    /// Mean of the second series, and the sum of squares around it.
    market: Option<(f64, f64)>,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

impl Fit {
    /// A mean of `own`, or a line of it on `market`, which has as many returns.
    ///
    /// # Errors
    /// A second series that does not move.
    pub(super) fn new(own: &[f64], market: Option<&[f64]>) -> Result<Self, SeriesProblem> {
        let count = own.len() as f64;
        let centre = mean(own);
        let (alpha, beta, market_moments, parameters) = match market {
            None => (centre, None, None, 1.0),
            Some(market) => {
                let middle = mean(market);
                let squares: f64 = market.iter().map(|m| (m - middle).powi(2)).sum();
                if squares <= f64::EPSILON * f64::EPSILON {
                    return Err(SeriesProblem::Still);
                }
                let products: f64 = own.iter().zip(market).map(|(r, m)| (r - centre) * (m - middle)).sum();
                let beta = products / squares;
                (centre - beta * middle, Some(beta), Some((middle, squares)), 2.0)
            }
        };
        let expected = |at: usize| alpha + beta.unwrap_or_default() * market.map_or(0.0, |market| market[at]);
        let rest: f64 = own.iter().enumerate().map(|(at, r)| (r - expected(at)).powi(2)).sum();
        let freedom = count - parameters;
        let deviation = (rest / freedom).sqrt();
        Ok(Self { alpha, beta, deviation, count, freedom, market: market_moments })
    }

    /// The return to be expected where the second series has this one.
    pub(super) fn expected(&self, market: Option<f64>) -> f64 {
        self.alpha + self.beta.unwrap_or_default() * market.unwrap_or_default()
    }

    /// Half of the 95 % interval of the sum of `days` abnormal returns: their own scatter, and the error of the estimate,
    /// which they share.
    pub(super) fn half_interval(&self, market: Option<&[f64]>, days: usize) -> f64 {
        let days = days as f64;
        let shared = self.market.zip(market).map_or(0.0, |((middle, squares), market)| {
            market.iter().map(|m| m - middle).sum::<f64>().powi(2) / squares
        });
        let variance = days + days * days / self.count + shared;
        quantile_975(self.freedom) * self.deviation * variance.sqrt()
    }
}
