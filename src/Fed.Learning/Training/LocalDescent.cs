using System.Numerics;
using System.Numerics.Tensors;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Numerics;

namespace Fed.Learning.Training;

/// <summary>Stochastic gradient descent on a site's own rows, in the model's precision.</summary>
internal static class LocalDescent
{
    /// <summary>Does the work, changing the parameters in place. Allocates nothing per step.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="parameters">Start, and result. A float32 model adds its change to them, so that no rounding of the start counts as change.</param>
    /// <exception cref="TrainingDivergedException">The loss of a batch is not finite; the message names the batch.</exception>
    public static LocalReport Run(LocalWork work, Span<double> parameters) => work.Model switch
    {
        IModel<double> model => Descend(model, work, parameters),
        IModel<float> model => RunNarrow(model, work, parameters),
        _ => throw new ArgumentException($"{work.Model.GetType().Name} is trained in no precision that there is", nameof(work)),
    };

    private static LocalReport RunNarrow(IModel<float> model, LocalWork work, Span<double> parameters)
    {
        float[] start = new float[parameters.Length];
        TensorPrimitives.ConvertSaturating<double, float>(parameters, start);
        float[] trained = [.. start];
        LocalReport report = Descend(model, work, trained);
        for (int i = 0; i < trained.Length; i++) parameters[i] += (double)trained[i] - start[i];
        return report;
    }

    private static LocalReport Descend<T>(IModel<T> model, LocalWork work, Span<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (Matrix data, Matrix? heldOut) = work.EarlyStopping is { } rule ? EarlyStopping<T>.Divide(work.Data, rule, work.Seed.Span) : (work.Data, null);
        EarlyStopping<T>? stopping = heldOut is null ? null : new EarlyStopping<T>(work.EarlyStopping!, model, heldOut, parameters.Length);
        Examples<T> examples = Examples<T>.Of(data);
        BatchOrder order = new(data.Rows, work.BatchSize, work.Seed.Span);
        ModelWorkspace<T> workspace = model.CreateWorkspace(order.BatchSize);
        workspace.StartDropout(work.Seed.Span);
        Optimizer<T> optimizer = new(work.Optimizer, model);
        T[] gradient = new T[model.Parameters], correction = InPrecision<double, T>(work.Correction.Span), anchor = work.Proximal == 0 ? [] : parameters.ToArray();
        double losses = 0;
        long samples = 0;
        int step = 0;
        bool isOver = false;
        while (step < work.Steps && !isOver)
        {
            work.Cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> batch = order.Next();
            double loss = model.Objective(examples, batch, parameters, gradient, workspace);
            if (!double.IsFinite(loss))
                throw new TrainingDivergedException($"the loss of batch {order.Batch} of local epoch {order.Epoch} is not finite");
            if (correction.Length > 0) FixedOrder.AddScaled<T>(T.One, correction, gradient);
            if (anchor.Length > 0)
            {
                FixedOrder.AddScaled(T.CreateSaturating(work.Proximal), parameters, gradient);
                FixedOrder.AddScaled(T.CreateSaturating(-work.Proximal), anchor, gradient);
            }
            optimizer.Step(parameters, gradient, work.LearningRate * work.Optimizer.RateFactor(step, work.Steps));
            step++;
            samples += batch.Length;
            losses = (order.Batch == 1 ? 0 : losses) + loss;
            work.ProgressPercent((int)(100L * step / work.Steps));
            work.Watch?.Invoke(new LocalProgress(order.Epoch, order.Batch, step, work.Steps, loss, samples));
            if (!order.IsEpochOver) continue;
            if (work.IsEnough is { } isEnough && isEnough(InPrecision<T, double>(parameters))) break;
            isOver = stopping is not null && stopping.IsOver(parameters);
        }
        stopping?.Restore(parameters);
        return new LocalReport(step, order.Epoch, samples, order.Batch == 0 ? double.NaN : losses / order.Batch, isOver);
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
