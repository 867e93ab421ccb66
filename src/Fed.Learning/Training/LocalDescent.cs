using System.Numerics;
using System.Numerics.Tensors;
using Fed.Learning.Models;
using Fed.Learning.Numerics;

namespace Fed.Learning.Training;

/// <summary>Stochastic gradient descent on a site's own rows, in the model's precision.</summary>
internal static class LocalDescent
{
    /// <summary>Does the work, changing the parameters in place. Allocates nothing per step.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="parameters">Start, and result. A float32 model adds its change to them, so that no rounding of the start counts as change.</param>
    public static void Run(LocalWork work, Span<double> parameters)
    {
        switch (work.Model)
        {
            case IModel<double> model: Descend(model, work, parameters); break;
            case IModel<float> model: RunNarrow(model, work, parameters); break;
            default: throw new ArgumentException($"{work.Model.GetType().Name} is trained in no precision that there is", nameof(work));
        }
    }

    private static void RunNarrow(IModel<float> model, LocalWork work, Span<double> parameters)
    {
        float[] start = new float[parameters.Length];
        TensorPrimitives.ConvertSaturating<double, float>(parameters, start);
        float[] trained = [.. start];
        Descend(model, work, trained);
        for (int i = 0; i < trained.Length; i++) parameters[i] += (double)trained[i] - start[i];
    }

    private static void Descend<T>(IModel<T> model, LocalWork work, Span<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Examples<T> examples = Examples<T>.Of(work.Data);
        BatchOrder order = new(work.Data.Rows, work.BatchSize, work.Seed.Span);
        ModelWorkspace<T> workspace = model.CreateWorkspace(order.BatchSize);
        workspace.StartDropout(work.Seed.Span);
        T[] gradient = new T[model.Parameters], correction = InPrecision<double, T>(work.Correction.Span), anchor = work.Proximal == 0 ? [] : parameters.ToArray();
        for (int step = 0; step < work.Steps; step++)
        {
            work.Cancel.ThrowIfCancellationRequested();
            model.Objective(examples, order.Next(), parameters, gradient, workspace);
            if (correction.Length > 0) FixedOrder.AddScaled<T>(T.One, correction, gradient);
            if (anchor.Length > 0)
            {
                FixedOrder.AddScaled(T.CreateSaturating(work.Proximal), parameters, gradient);
                FixedOrder.AddScaled(T.CreateSaturating(-work.Proximal), anchor, gradient);
            }
            FixedOrder.AddScaled(T.CreateSaturating(-work.LearningRate), gradient, parameters);
            work.ProgressPercent((int)(100L * (step + 1) / work.Steps));
            if (work.IsEnough is { } isEnough && order.IsEpochOver && isEnough(InPrecision<T, double>(parameters))) break;
        }
    }

    private static TTo[] InPrecision<TFrom, TTo>(ReadOnlySpan<TFrom> values)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
        where TTo : unmanaged, IBinaryFloatingPointIeee754<TTo>
    {
        TTo[] rounded = new TTo[values.Length];
        TensorPrimitives.ConvertSaturating(values, rounded.AsSpan());
        return rounded;
    }
}
