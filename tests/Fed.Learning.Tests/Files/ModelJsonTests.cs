using System.Text;
using Fed.Learning.Data;
using Fed.Learning.Files;
using Fed.Learning.Models.Networks;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Files;

public sealed class ModelJsonTests
{
    [Fact]
    public void A_model_written_and_read_is_the_same_to_the_bit() =>
        Prop.ForAll<NormalFloat[], NonNull<string>>((numbers, name) =>
        {
            double[] values = [.. numbers.Select(static number => number.Get), double.Epsilon, -0.0, double.MaxValue, 1.0 / 3];
            ExportedModel model = SampleModels.Tiny with { Name = string.Concat(name.Get.EnumerateRunes()), Tensors = [new ExportedTensor("t", [values.Length], values), new ExportedTensor("none", [0], [])] };
            SampleModels.AssertSame(model, Read(Json(model)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_architecture_keeps_its_canonical_form()
    {
        string architecture = new NetworkOptions(new MlpOptions([4], Activation.Gelu), Fed.Learning.Models.ModelTask.Classes).ToJson();
        ExportedModel model = SampleModels.Tiny with { Architecture = architecture };
        Assert.Equal(architecture, Read(Json(model)).Architecture);
        Assert.Equal(Json(model), Json(Read(Json(model))));
    }

    [Fact]
    public void A_model_from_a_file_predicts()
    {
        ExportedModel model = Read(Json(SampleModels.Tiny with
        {
            Tensors = [.. SampleModels.Tiny.Tensors, new ExportedTensor("feature_mean", [2], [1, 2]), new ExportedTensor("feature_scale", [2], [2, 4]), new ExportedTensor("feature_fill", [2], [9, 6])],
        }));
        double[] scores = TrainedModel.Of(model).Predict(new Matrix(2, [5, 10, double.NaN, double.NaN], [0, 0]));
        Assert.Equal([0.5 * 2 - 2 * 2 + 1, 0.5 * 4 - 2 * 1 + 1], scores);
    }

    [Theory]
    [InlineData("", "not a model in JSON")]
    [InlineData("[]", "not a model in JSON")]
    [InlineData("{}", "'format' is missing")]
    [InlineData("""{"format":"other/1"}""", "format 'other/1', expected 'fedactors/1'")]
    [InlineData("""{"format":"fedactors/1","name":null}""", "'name' is null")]
    [InlineData("""{"format":"fedactors/1","name":"a","name":"b"}""", "not a model in JSON")]
    [InlineData("TENSORS {\"t\":{\"shape\":[2],\"values\":[1]}}", "tensor 't' has 1 values, its shape [2] says otherwise")]
    [InlineData("TENSORS {\"t\":{\"shape\":[1],\"values\":[1e999]}}", "not a model in JSON")]
    [InlineData("TENSORS {\"t\":{\"shape\":[1],\"values\":[\"NaN\"]}}", "not a model in JSON")]
    [InlineData("TENSORS {\"t\":{\"values\":[1]}}", "'shape' is missing")]
    [InlineData("TENSORS {\"\":{\"shape\":[1],\"values\":[1]}}", "a tensor needs a name")]
    public void Damaged_files_are_refused_with_what_is_wrong(string json, string message)
    {
        if (json.StartsWith("TENSORS", StringComparison.Ordinal))
            json = $$"""{"format":"fedactors/1","name":"n","kind":"k","features":[],"classes":[],"job":"j","round":1,"sha256":"s","tensors":{{json[8..]}}}""";
        Assert.Contains(message, Assert.Throws<ModelFormatException>(() => Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        byte[] whole = Json(SampleModels.Tiny);
        for (int length = 0; length < whole.Length - 2; length++) Assert.Throws<ModelFormatException>(() => Read(whole[..length]));   // the last two: the closing brace and the line's end
    }

    [Theory]
    [InlineData("feature_mean", "a logistic model needs the tensor 'feature_mean'")]
    [InlineData("intercept", "a logistic model needs the tensor 'intercept'")]
    public void A_model_that_lacks_a_tensor_cannot_predict_and_says_which(string without, string message)
    {
        ExportedTensor[] all = [.. SampleModels.Tiny.Tensors, new("feature_mean", [2], [0, 0]), new("feature_scale", [2], [1, 1])];
        ExportedModel model = SampleModels.Tiny with { Tensors = [.. all.Where(tensor => tensor.Name != without)] };
        Assert.Equal(message, Assert.Throws<ModelFormatException>(() => TrainedModel.Of(model)).Message);
        Assert.Contains("has no tensor 'more'", Assert.Throws<ModelFormatException>(() => TrainedModel.Of(model with { Tensors = [.. all, new("more", [1], [1])] })).Message, StringComparison.Ordinal);
        Assert.Contains("shape [3]", Assert.Throws<ModelFormatException>(() => TrainedModel.Of(model with { Tensors = [.. all[1..], new("coefficients", [3], [1, 1, 1])] })).Message, StringComparison.Ordinal);
        Assert.Contains("not above 0", Assert.Throws<ModelFormatException>(() => TrainedModel.Of(model with { Tensors = [.. all[..3], new("feature_scale", [2], [1, 0])] })).Message, StringComparison.Ordinal);
    }

    private static byte[] Json(ExportedModel model)
    {
        using var stream = new MemoryStream();
        ModelFile.Write(model, ModelFormat.Json, stream);
        return stream.ToArray();
    }

    private static ExportedModel Read(byte[] json)
    {
        using var stream = new MemoryStream(json);
        return ModelFile.Read(ModelFormat.Json, stream);
    }
}
