using Fed.Learning.Files;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Files;

public sealed class SafetensorsProperties
{
    [Fact]
    public void Any_text_and_numbers_survive_a_round_trip() =>
        Prop.ForAll<NonNull<string>, NonNull<string>[], NormalFloat[]>((name, features, numbers) =>
        {
            double[] values = [.. numbers.Select(number => number.Get)];
            ExportedModel model = SampleModels.Tiny with
            {
                Name = Valid(name.Get),
                Features = [.. features.Select(feature => Valid(feature.Get))],
                Tensors = [new ExportedTensor("t" + Valid(name.Get), [values.Length], values)],
            };
            SampleModels.AssertSame(model, SampleModels.Read(SampleModels.Bytes(model)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_never_give_another_exception() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            byte[] file = [(byte)bytes.Length, 0, 0, 0, 0, 0, 0, 0, .. bytes];
            Assert.Throws<SafetensorsFormatException>(() => SampleModels.Read(file));
        }).QuickCheckThrowOnFailure();

    /// <summary>JSON is UTF-8: unpaired surrogates cannot be kept.</summary>
    private static string Valid(string text) => string.Concat(text.EnumerateRunes());
}
