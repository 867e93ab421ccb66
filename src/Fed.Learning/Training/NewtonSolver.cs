using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Numerics;

namespace Fed.Learning.Training;

/// <summary>Finds the optimum of a model on data in one place, for the baselines: Newton's method (IRLS) with step halving. Linear models need one step.</summary>
public static class NewtonSolver
{
    private const int StepsMax = 100;
    private const double GradientTolerance = 1e-10;
    private const string Separate = "its classes separate: without more penalty the coefficients grow for ever";

    /// <summary>Minimises the objective from zero.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">At least one row, no missing values.</param>
    /// <param name="reason">Why there is no result, as a clause.</param>
    /// <returns>The optimum, or null where there is none to find: columns linearly dependent without penalty, or classes that separate without one.</returns>
    public static double[]? Minimise(GeneralisedLinearModel model, Matrix data, out string? reason)
    {
        int width = model.Parameters;
        double[] parameters = new double[width], gradient = new double[width], hessian = new double[width * width], trial = new double[width];
        double objective = model.Objective(data, parameters, gradient);
        for (int step = 0; step < StepsMax; step++)
        {
            model.Hessian(data, parameters, hessian);
            if (model.Kind == ModelKind.Softmax) PinNullSpace(model, hessian);
            double[] direction = [.. gradient];
            if (!Cholesky.TrySolve(hessian, direction))
            {
                reason = "its columns are linearly dependent, or its classes separate: without more penalty there is no single optimum";
                return null;
            }
            if (FixedOrder.Norm(gradient) < GradientTolerance)
            {
                // Near an optimum a Newton step is as small as the gradient; where classes separate the gradient vanishes too, but the steps go on for ever.
                bool isOptimum = FixedOrder.Norm(direction) <= 1e-3 * (1 + FixedOrder.Norm(parameters));
                reason = isOptimum ? null : Separate;
                return isOptimum ? parameters : null;
            }
            double reached = Descend(model, data, parameters, direction, objective, trial);
            if (!(reached < objective))
            {
                // No descent left in float64: the gradient is as small as rounding lets it be, or something is wrong.
                bool isDone = FixedOrder.Norm(gradient) < 1e-7;
                reason = isDone ? null : "Newton's method found no descent";
                return isDone ? parameters : null;
            }
            objective = reached;
            trial.CopyTo(parameters, 0);
            model.Objective(data, parameters, gradient);
        }
        reason = Separate;
        return null;
    }

    // Halves the step until the objective falls; returns the objective at the trial point.
    private static double Descend(GeneralisedLinearModel model, Matrix data, double[] parameters, double[] direction, double objective, double[] trial)
    {
        double reached = objective;
        for (double length = 1; length > 1e-10; length *= 0.5)
        {
            parameters.CopyTo(trial, 0);
            FixedOrder.AddScaled(-length, direction, trial);
            reached = model.Objective(data, trial, []);
            if (reached < objective) break;
        }
        return reached;
    }

    // Adding one number to all classes' scores changes nothing, so the Hessian is singular along such directions. From zero the gradient has no part in them; a rank-one
    // term for each makes the matrix definite and leaves the step as it is.
    private static void PinNullSpace(GeneralisedLinearModel model, Span<double> hessian)
    {
        int width = model.Parameters;
        for (int feature = 0; feature <= model.Features; feature++)
            for (int a = 0; a < model.Outputs; a++)
                for (int b = 0; b < model.Outputs; b++)
                    hessian[Position(model, a, feature) * width + Position(model, b, feature)] += 1.0 / model.Outputs;
    }

    private static int Position(GeneralisedLinearModel model, int output, int feature) => feature < model.Features ? output * model.Features + feature : model.Coefficients + output;
}
