import os

import litserve as ls

import models


class Predictor(ls.LitAPI):
    def setup(self, device):
        self.model = models.load()

    def decode_request(self, request):
        return request[models.INPUT]

    # By default the inputs are stacked, which texts cannot be.
    def batch(self, inputs):
        return inputs

    def predict(self, inputs):
        return self.model.predict(inputs)

    def unbatch(self, outputs):
        return outputs

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    api = Predictor(
        max_batch_size=int(os.environ["MAX_BATCH_SIZE"]),
        batch_timeout=float(os.environ["BATCH_TIMEOUT"]),
    )
    server = ls.LitServer(
        api,
        accelerator="cpu",
        workers_per_device=int(os.environ["WORKERS"]),
        fast_queue=os.environ.get("FAST_QUEUE") == "1",
    )
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        num_api_servers=int(os.environ.get("API_SERVERS", os.environ["WORKERS"])),
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
