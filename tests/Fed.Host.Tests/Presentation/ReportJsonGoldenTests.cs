using System.Text.Json;
using Fed.Host.Presentation;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class ReportJsonGoldenTests
{
    private static readonly RunReport OneSite = SampleReports.Make(
        "größer & \"quoted\"", [SampleReports.Site("east", 3, 1) with { Warnings = ["one"] }], [SampleReports.Round(1, 0.25, 0.5, 0.5, "east") with { Auc = double.NaN }]);

    [Fact]
    public void The_shape_of_report_json_is_this()
    {
        const string Expected = """
            {
              "format": 1,
              "jobId": "20261121-101500-ab12",
              "name": "größer \u0026 \u0022quoted\u0022",
              "planHash": "00000abc00000abc00000abc00000abc00000abc00000abc00000abc00000abc",
              "algorithm": "fedavg",
              "model": "logistic",
              "started": "2026-11-21T10:15:00+00:00",
              "finished": "2026-11-21T10:15:12+00:00",
              "elapsedSeconds": 12.25,
              "sites": [
                {
                  "name": "east",
                  "trainSamples": 3,
                  "testSamples": 1,
                  "classes": {
                    "0": 1,
                    "1": 2
                  },
                  "warnings": [
                    "one"
                  ]
                }
              ],
              "rounds": [
                {
                  "round": 1,
                  "modelSha256": "0000000100000001000000010000000100000001000000010000000100000001",
                  "loss": 0.25,
                  "contributors": [
                    "east"
                  ],
                  "accuracy": 0.5,
                  "auc": null,
                  "trainLoss": 0.225,
                  "attempts": 1,
                  "bytesUp": 256,
                  "seconds": 0.25,
                  "rmse": null
                }
              ],
              "final": {
                "accuracy": 0.5,
                "auc": null,
                "loss": 0.25,
                "modelSha256": "0000000100000001000000010000000100000001000000010000000100000001",
                "rounds": 1,
                "stoppedBy": "rounds",
                "rmse": null
              },
              "baselines": {
                "pooled": {
                  "site": null,
                  "accuracy": 0.501,
                  "auc": null,
                  "loss": 0.248,
                  "trainLoss": 0.06,
                  "reason": null,
                  "rmse": null
                },
                "alone": [
                  {
                    "site": "east",
                    "accuracy": null,
                    "auc": null,
                    "loss": null,
                    "trainLoss": null,
                    "reason": "one class only",
                    "rmse": null
                  }
                ]
              },
              "environment": {
                "version": "0.1.0",
                "runtime": ".NET 10.0.0",
                "operatingSystem": "Debian GNU/Linux 12",
                "simdClass": "avx2",
                "processors": 2,
                "workers": 2
              },
              "counts": {
                "roundsCommitted": 1,
                "roundsFailed": 1,
                "localTrainings": 1,
                "updatesAccepted": 1,
                "updatesRefused": 1,
                "clippedEntries": 0,
                "journalEvents": 321,
                "bytesUp": 4096,
                "bytesDown": 1536,
                "resumes": 0
              }
            }

            """;
        Assert.Equal(Expected, ReportJson.Write(OneSite));
    }

    [Fact]
    public void A_report_read_and_written_again_is_the_same_text()
    {
        foreach (RunReport report in new[] { OneSite, SampleReports.Districts, SampleReports.Regression, SampleReports.Small })
            Assert.Equal(ReportJson.Write(report), ReportJson.Write(ReportJson.Read(ReportJson.Write(report))));
    }

    [Fact]
    public void A_report_of_a_newer_format_is_refused()
    {
        string newer = ReportJson.Write(OneSite).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal);
        Assert.Contains("use a newer fed", Assert.Throws<JsonException>(() => ReportJson.Read(newer)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"jobId\": \"20261121-101500-ab12\",", "")]
    [InlineData("\"trainSamples\": 3,", "")]
    [InlineData("\"elapsedSeconds\": 12.25", "\"elapsedSeconds\": \"fast\"")]
    public void A_report_with_a_part_missing_or_of_another_kind_is_refused(string part, string replacement)
    {
        string text = ReportJson.Write(OneSite);
        Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Throws<JsonException>(() => ReportJson.Read(text.Replace(part, replacement, StringComparison.Ordinal)));
    }

    [Fact]
    public void In_json_mode_the_report_is_all_that_reaches_standard_output()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using (var view = new JsonView(output, error))
            foreach (RunProgress progress in Story.Small) view.Observe(progress);
        Assert.Equal(ReportJson.Write(SampleReports.Small), output.ToString());
        Assert.Equal("warning: site north: column 'age' is constant\n", error.ToString());
    }
}
